//! What is offered while a statement is typed.

mod support;

use support::{Outcome, azure};

#[tokio::test]
async fn names_are_completed_from_the_definitions() -> Outcome {
    let (_mock, engine) = azure().await?;
    let offered = |text: &str| engine.complete(text, text.len()).candidates;
    assert_eq!(offered("SELECT * FROM az"), ["azure"]);
    assert_eq!(offered("SELECT * FROM azure."), ["api_management", "resources", "subscription"]);
    assert_eq!(offered("SELECT * FROM azure.api_management.b"), ["backend"]);
    assert_eq!(offered("EXEC azure.api_management.backend.re"), ["reconnect"]);
    assert_eq!(offered("sel"), ["select"]);
    assert!(offered("SELECT * FROM azure.nothing.x").is_empty());
    let text = "SELECT  FROM azure.api_management.backend WHERE ";
    let columns = engine.complete(text, 7).candidates;
    assert!(
        columns.contains(&"properties".to_owned()) && columns.contains(&"resourceGroupName".to_owned()),
        "{columns:?}"
    );
    let completion = engine.complete("SELECT b.na FROM azure.api_management.backend b", 11);
    assert_eq!((completion.replaced, completion.candidates), (9..11, vec!["name".to_owned()]));
    Ok(())
}
