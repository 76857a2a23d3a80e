//! How near the rule for plain OpenAPI comes to what the authors of the registry chose by hand: their documents are
//! read without their mapping, and each operation is compared with theirs.
//!
//! What is left is taste, and was counted over the 3,300 operations whose resource differs:
//!
//! * 1,500 have a name that stands neither in the path nor in the id (`pull_request` for `/pulls`, `ssf_receivers` for
//!   `/security-events-providers`); awscc states one operation for hundreds of resources.
//! * 740 put the parent or the service before the name (`policy_rules` for `/policies/{policyId}/rules`) and 650 take
//!   it from the id (`deployment_logs`, of `getDeploymentLogs`). The same authors leave out as many: with the parent
//!   before every name 79 of 100 agree, with what the id says before it 84, and 85 as it is.
//! * 190 put a thing below its parent (`/users/{id}/sessions` into `users`), 80 use another number.
//!
//! Of verbs, Azure's authors leave a second listing of a resource to EXEC, and two authors in three what a resource's
//! group says of something else; of rows, AWS's are called after what a template of the authors makes of them
//! (`line_items`). Of methods, aws, azure, digitalocean, github and okta keep whole operation ids, the others shorten
//! them to `get` and `list`.
//!
//! Runs where the corpus is.

mod corpus;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use bindery_codegen::Source;
use bindery_codegen::openapi::{Mapping, Options, read_provider_with};
use bindery_ir::{Method, Provider, Rows, Verb};

/// What is said of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    resource: String,
    method: String,
    verbs: Vec<Verb>,
    rows: String,
}

impl Choice {
    fn of(method: &Method) -> Self {
        let rows = match &method.response.rows {
            Rows::None => String::new(),
            Rows::One(path) | Rows::Many(path) => path.to_string(),
        };
        let mut verbs = method.verbs.to_vec();
        verbs.sort();
        let (resource, method) = (method.resource.resource().to_owned(), method.name.to_string());
        Self { resource, method, verbs, rows }
    }
}

/// The choices for each operation of each service, by HTTP method and path.
fn choices(provider: &Provider) -> BTreeMap<String, Vec<Choice>> {
    let mut choices: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
    for method in provider.resources().flat_map(|resource| resource.methods.iter()) {
        let Some(http) = &method.http else { continue };
        let query: Vec<String> = http.query.iter().map(|pair| format!("{}={}", pair.name, pair.value)).collect();
        let key = format!("{} {} {} {}", method.resource.service(), http.method, http.path, query.join("&"));
        choices.entry(key).or_default().push(Choice::of(method));
    }
    choices
}

/// How many operations agree in each respect.
#[derive(Clone, Copy, Debug, Default)]
struct Agreement {
    operations: usize,
    selects: usize,
    resource: usize,
    method: usize,
    verbs: usize,
    rows: usize,
}

impl Agreement {
    fn add(&mut self, stated: &[Choice], derived: &Choice) {
        let agrees = |same: &dyn Fn(&Choice) -> bool| usize::from(stated.iter().any(same));
        self.operations += 1;
        self.resource += agrees(&|choice| choice.resource == derived.resource);
        self.method += agrees(&|choice| choice.method == derived.method);
        self.verbs += agrees(&|choice| choice.verbs == derived.verbs);
        // Authors say where rows are for what is selected only.
        if stated.iter().any(|choice| choice.verbs.contains(&Verb::Select)) {
            self.selects += 1;
            self.rows += agrees(&|choice| choice.verbs.contains(&Verb::Select) && choice.rows == derived.rows);
        }
    }

    /// What of a hundred agrees: resource, method, verbs and, of selects, rows.
    #[allow(clippy::cast_precision_loss, reason = "thousands of operations")]
    fn percents(self) -> [f64; 4] {
        let percent = |count: usize, of: usize| 100.0 * count as f64 / of.max(1) as f64;
        let all = self.operations;
        [
            percent(self.resource, all),
            percent(self.method, all),
            percent(self.verbs, all),
            percent(self.rows, self.selects),
        ]
    }
}

/// What of a hundred operations agrees at least, over all providers: resource, method, verbs, rows. The rule may be
/// changed, and not to the worse.
const FLOOR: [f64; 4] = [85.0, 83.5, 91.0, 92.5];

#[test]
fn the_rule_agrees_with_the_mapping_that_authors_chose() -> Result<(), Box<dyn Error>> {
    let Some(corpus) = corpus::corpus() else { return Ok(()) };
    let derive = Mapping { extensions: false, ..Mapping::RULE };
    let jobs = std::thread::available_parallelism()?;
    let mut all = Agreement::default();
    println!("{:16} {:>10} {:>9} {:>7} {:>7} {:>7}", "provider", "operations", "resource", "method", "verbs", "rows");
    let mut folders: Vec<_> = fs::read_dir(corpus.join("registry"))?.collect::<Result<_, _>>()?;
    folders.sort_by_key(fs::DirEntry::file_name);
    let show = std::env::var("BINDERY_SHOW_DIFFERENCES").ok();
    for folder in folders {
        let name = folder.file_name().to_string_lossy().into_owned();
        if show.as_ref().is_some_and(|show| show != "all" && *show != name) {
            continue;
        }
        let sources = Source::read_all(&folder.path(), &["yaml"])?;
        let (stated, _) = read_provider_with(&sources, &name, &Options { jobs, ..Options::default() });
        let options = Options { mapping: &derive, jobs, ..Options::default() };
        let (derived, _) = read_provider_with(&sources, &name, &options);
        let stated = choices(&stated);
        let mut agreement = Agreement::default();
        for (key, found) in choices(&derived) {
            if let (Some(stated), Some(found)) = (stated.get(&key), found.first()) {
                agreement.add(stated, found);
                let differs = stated.iter().all(|stated| {
                    stated.resource != found.resource || stated.verbs != found.verbs || stated.rows != found.rows
                });
                if show.is_some() && differs {
                    println!("{name} {key}\n    derived {found:?}\n    stated  {:?}", stated.first());
                }
            }
        }
        let Agreement { operations, selects, resource, method, verbs, rows } = agreement;
        let percents = agreement.percents();
        println!(
            "{name:16} {operations:10} {:8.1}% {:6.1}% {:6.1}% {:6.1}%",
            percents[0], percents[1], percents[2], percents[3]
        );
        all.operations += operations;
        all.selects += selects;
        all.resource += resource;
        all.method += method;
        all.verbs += verbs;
        all.rows += rows;
    }
    let reached = all.percents();
    println!("all: {all:?}: {reached:.1?}");
    if show.is_some() {
        return Ok(());
    }
    assert!(reached.iter().zip(FLOOR).all(|(reached, floor)| *reached >= floor), "{reached:?} below {FLOOR:?}");
    Ok(())
}
