//! Views: those of a provider's documents, the user's own, materialized ones, and the user's tables.

mod support;

use bindery_ir::{Resource, ResourceId, ResourceKind, SqlName, View};
use bindery_mock::Mock;
use bindery_runtime::Token;
use bindery_sql::Engine;
use support::{Outcome, SUBSCRIPTION, azure, calls, column, provider};

/// An engine for a provider that has a view `azure.resources.located` over its groups.
async fn with_views() -> Result<(Mock, Engine), Box<dyn std::error::Error>> {
    let mut provider = provider();
    let view = |required: &[&'static str], dialect: &'static str, ddl: &'static str| View {
        dialect: dialect.into(),
        required: required.iter().map(|name| SqlName::new(name)).collect(),
        ddl: ddl.into(),
    };
    let mut located = Resource::new(ResourceId::new("azure.resources.located"));
    located.kind = ResourceKind::View;
    located.views = vec![
        view(&[], "postgres", "SELECT nothing"),
        view(
            &["resourceGroupName"],
            "sqlite3",
            "SELECT name, upper(location) AS place FROM azure.resources.resource_group WHERE resourceGroupName = '<resourceGroupName>' AND subscriptionId = 'placeholder'",
        ),
        view(&[], "sqlite3", "SELECT name, lower(location) AS place FROM azure.resources.resource_group WHERE subscriptionId = 'placeholder'"),
    ]
    .into();
    let services = provider.services.to_mut();
    services
        .iter_mut()
        .find(|service| service.name == *"resources")
        .ok_or("resources")?
        .resources
        .to_mut()
        .push(located);
    let mock = Mock::builder(provider.clone()).page_size(2).start().await?;
    let client = bindery_azure::client().credential(Token::new("s3cret")).base_url(mock.url()).build()?;
    let engine = Engine::builder().provider_with(provider, client).build();
    create_groups(&engine).await?;
    mock.clear_requests();
    Ok((mock, engine))
}

async fn create_groups(engine: &Engine) -> Outcome {
    let insert = "INSERT INTO azure.resources.resource_group (subscriptionId, resourceGroupName, data__location)
        VALUES (:s, 'a', 'North'), (:s, 'b', 'South'), (:s, 'c', 'North')";
    engine.query(insert).bind_named("s", SUBSCRIPTION).execute().await?;
    Ok(())
}

#[tokio::test]
async fn views_of_documents_take_what_the_statement_says() -> Outcome {
    let (mock, engine) = with_views().await?;
    let list = format!("GET /subscriptions/{SUBSCRIPTION}/resourcegroups");
    let sql = "SELECT name || ' ' || place FROM azure.resources.located WHERE subscriptionId = ?";
    assert_eq!(column(engine.query(sql).bind(SUBSCRIPTION)).await?, ["a north", "b south", "c north"]);
    assert_eq!(calls(&mock), [list.clone(), list.clone()]);
    let sql =
        "SELECT v.place FROM azure.resources.located AS v WHERE v.subscriptionId = ? AND v.resourceGroupName = 'b'";
    assert_eq!(column(engine.query(sql).bind(SUBSCRIPTION)).await?, ["SOUTH"]);
    assert_eq!(calls(&mock), [format!("{list}/b")]);
    // A view in a dependent join.
    let sql = "SELECT v.place FROM json_each('[\"a\", \"b\"]') j JOIN azure.resources.located v
        ON v.resourceGroupName = j.value AND v.subscriptionId = ?";
    assert_eq!(column(engine.query(sql).bind(SUBSCRIPTION)).await?, ["NORTH", "SOUTH"]);
    assert_eq!(calls(&mock), [format!("{list}/a"), format!("{list}/b")]);
    Ok(())
}

#[tokio::test]
async fn users_have_views_of_their_own() -> Outcome {
    let (mock, engine) = azure().await?;
    create_groups(&engine).await?;
    mock.clear_requests();
    let run = |sql: &'static str| engine.query(sql).execute();
    run("CREATE VIEW groups AS SELECT subscriptionId AS s, name, location FROM azure.resources.resource_group").await?;
    run("CREATE VIEW north AS SELECT * FROM groups WHERE location = 'North'").await?;
    let north = || engine.query("SELECT name FROM north WHERE s = ?").bind(SUBSCRIPTION);
    assert_eq!(column(north()).await?, ["a", "c"]);
    assert!(run("CREATE VIEW north AS SELECT 1").await.is_err(), "it is there already");
    run("CREATE OR REPLACE VIEW north AS SELECT * FROM groups WHERE location LIKE 'n%' AND name <> 'a'").await?;
    assert_eq!(column(north()).await?, ["c"]);
    run("DROP VIEW north").await?;
    assert!(north().fetch_all().await.is_err());
    let unknown = engine.query("CREATE VIEW x AS SELECT * FROM azure.resources.grups").execute().await;
    assert!(unknown.is_err(), "what a view names is looked at at once");
    Ok(())
}

#[tokio::test]
async fn tables_and_materialized_views_stay_until_they_are_dropped() -> Outcome {
    let (mock, engine) = azure().await?;
    create_groups(&engine).await?;
    let groups = format!("SELECT name FROM azure.resources.resource_group WHERE subscriptionId = '{SUBSCRIPTION}'");
    engine.query(format!("CREATE MATERIALIZED VIEW kept AS {groups}")).execute().await?;
    mock.clear_requests();
    assert_eq!(column(engine.query("SELECT name FROM kept")).await?, ["a", "b", "c"]);
    assert!(calls(&mock).is_empty());
    let delete = "DELETE FROM azure.resources.resource_group WHERE subscriptionId = ? AND resourceGroupName = 'b'";
    engine.query(delete).bind(SUBSCRIPTION).execute().await?;
    assert_eq!(column(engine.query("SELECT count(*) FROM kept")).await?, ["3"]);
    engine.query("REFRESH MATERIALIZED VIEW kept").execute().await?;
    assert_eq!(column(engine.query("SELECT name FROM kept")).await?, ["a", "c"]);
    engine.query("DROP MATERIALIZED VIEW kept").execute().await?;
    assert!(engine.query("SELECT * FROM kept").fetch_all().await.is_err());

    engine.query("CREATE TABLE notes(name TEXT PRIMARY KEY, note TEXT)").execute().await?;
    // Rows of a provider go into a table once, however often the statement runs until it has them.
    let copied = engine.query(format!("INSERT INTO notes SELECT name, 'seen' FROM ({groups})")).execute().await?;
    assert_eq!(copied.changed, 2);
    assert_eq!(engine.query("UPDATE notes SET note = ? WHERE name = 'a'").bind("mine").execute().await?.changed, 1);
    let joined = format!("SELECT n.note FROM ({groups}) g JOIN notes n USING (name) ORDER BY g.name");
    assert_eq!(column(engine.query(joined)).await?, ["mine", "seen"]);
    assert!(engine.query("INSERT INTO notes VALUES ('a', 'again')").execute().await.is_err());
    assert_eq!(engine.query("DELETE FROM notes").execute().await?.changed, 2);
    engine.query("DROP TABLE notes").execute().await?;
    assert!(engine.query("SELECT * FROM notes").fetch_all().await.is_err());
    Ok(())
}

#[tokio::test]
async fn what_there_is_is_shown() -> Outcome {
    let (_mock, engine) = azure().await?;
    assert_eq!(column(engine.query("SHOW SERVICES IN azure")).await?, ["api_management", "resources", "subscription"]);
    assert_eq!(column(engine.query("SHOW RESOURCES IN azure.api_management LIKE 'b%'")).await?, ["backend"]);
    let methods = "SHOW METHODS IN azure.api_management.backend WHERE SQLVerb = 'SELECT'";
    assert_eq!(column(engine.query(methods)).await?, ["get", "list_by_service"]);
    assert_eq!(
        column(engine.query("DESCRIBE azure.api_management.backend")).await?,
        ["id", "name", "type", "properties"]
    );
    engine.query("USE azure").execute().await?;
    assert_eq!(column(engine.query("SHOW RESOURCES IN subscription")).await?, ["subscription"]);
    let described = "DESCRIBE METHOD api_management.backend.delete";
    let needed = column(engine.query(described)).await?;
    assert!(needed.contains(&"If-Match".to_owned()), "{needed:?}");
    let template = column(engine.query("SHOW INSERT INTO api_management.backend")).await?;
    assert!(
        template[0].contains("INSERT INTO azure.api_management.backend") && template[0].contains("'{{ backendId }}'"),
        "{template:?}"
    );
    let explained = engine.query("EXPLAIN SELECT name FROM api_management.backend WHERE subscriptionId = 's' AND resourceGroupName = 'g' AND serviceName = 'v' AND backendId = 'b'").fetch_one().await?;
    assert_eq!(
        explained.text("call"),
        Some("azure.api_management.backend.get(backendId, resourceGroupName, serviceName, subscriptionId)")
    );
    assert_eq!(explained.text("round"), Some("1"));
    assert_eq!(explained.text("note"), Some("known in advance; no other method fits what is said"));
    Ok(())
}

#[tokio::test]
async fn views_take_parameters_from_what_they_are_joined_to() -> Outcome {
    let (mock, engine) = with_views().await?;
    let view = |name: &str, text: &str| format!("CREATE VIEW {name} AS {text}");
    // SQLite by itself only carries constants into these.
    let of_group = "FROM azure.resources.resource_group";
    for (name, text) in [
        (
            "both",
            format!(
                "SELECT subscriptionId AS s, name, 1 AS half {of_group} UNION ALL SELECT subscriptionId, name, 2 {of_group}"
            ),
        ),
        (
            "counted",
            format!("SELECT subscriptionId AS s, location, count(*) AS n {of_group} GROUP BY subscriptionId, location"),
        ),
        ("above", "SELECT s, max(n) AS most FROM counted GROUP BY s".to_owned()),
    ] {
        engine.query(view(name, &text)).execute().await?;
    }
    mock.clear_requests();
    for (sql, expected) in [
        (
            "SELECT v.name || v.half FROM {x} JOIN both v ON v.s = x.id ORDER BY 1",
            vec!["a1", "a2", "b1", "b2", "c1", "c2"],
        ),
        ("SELECT v.location || v.n FROM {x} JOIN counted v ON v.s = x.id ORDER BY 1", vec!["North2", "South1"]),
        ("SELECT v.most FROM {x} LEFT JOIN above v ON v.s = x.id", vec!["2"]),
        ("SELECT count(*) FROM {x} JOIN both v ON v.s = x.id JOIN counted c ON c.s = v.s AND c.n = v.half", vec!["6"]),
        (
            "SELECT v.name || v.half FROM {x} JOIN both v ON (v.s = x.id AND v.name = 'a') OR (v.s = x.id AND v.half = 2) ORDER BY 1",
            vec!["a1", "a2", "b2", "c2"],
        ),
    ] {
        let sql = sql.replace("{x}", "(SELECT j.value AS id FROM json_each(json_array(?)) j) x");
        let found = column(engine.query(&*sql).bind(SUBSCRIPTION)).await.map_err(|error| format!("{sql}: {error}"))?;
        assert_eq!(found, expected, "{sql}");
        // Two pages, asked for once.
        assert_eq!(calls(&mock).len(), 2, "{sql}");
    }
    let located = "SELECT l.name || ' ' || l.place FROM json_each(json_array(?)) x JOIN azure.resources.located l ON l.subscriptionId = x.value ORDER BY 1";
    assert_eq!(column(engine.query(located).bind(SUBSCRIPTION)).await?, ["a north", "b south", "c north"]);
    // What is lacking is said of the table inside.
    let error = engine.query("SELECT * FROM both").fetch_all().await.err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("lacks `subscriptionId`")));
    Ok(())
}
