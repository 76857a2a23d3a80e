//! Reading every real page there is, and finding in each provider's pages what was counted in them by other means.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod corpus;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bindery_codegen::docs::{Dialect, FieldsSection, Page, PageKind, read_page};

/// What a provider's pages hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    resources: usize,
    views: usize,
    service_indexes: usize,
    provider_indexes: usize,
    methods: usize,
    fields: usize,
    parameters: usize,
    sql: usize,
}

impl Totals {
    const fn new(pages: [usize; 4], rows: [usize; 4]) -> Self {
        let [resources, views, service_indexes, provider_indexes] = pages;
        let [methods, fields, parameters, sql] = rows;
        Self { resources, views, service_indexes, provider_indexes, methods, fields, parameters, sql }
    }

    fn add(&mut self, page: &Page) {
        match page.kind {
            PageKind::Resource => self.resources += 1,
            PageKind::View => self.views += 1,
            PageKind::ServiceIndex => self.service_indexes += 1,
            PageKind::ProviderIndex => self.provider_indexes += 1,
            PageKind::Other => {}
        }
        self.methods += page.methods.len();
        if let FieldsSection::Known(tabs) = &page.fields {
            self.fields += tabs.iter().map(|tab| tab.rows.len()).sum::<usize>();
        }
        self.parameters += page.parameters.len();
        self.sql += page.sql_examples.len();
    }
}

/// Counted on the same pages with text tools: resource, view, service index and provider index pages; method,
/// field, parameter rows and SQL examples. Folders of the corpus that are not named here are read, not counted.
const COUNTED: [(&str, Totals); 12] = [
    ("azure", Totals::new([3727, 0, 201, 0], [11481, 39682, 0, 9120])),
    ("azure-v2", Totals::new([3734, 1846, 201, 1], [11475, 23933, 15784, 11475])),
    ("azure_isv", Totals::new([284, 0, 23, 0], [810, 2837, 0, 671])),
    ("digitalocean", Totals::new([150, 0, 29, 0], [355, 703, 0, 262])),
    ("firebase", Totals::new([53, 0, 9, 0], [138, 182, 0, 0])),
    ("github", Totals::new([280, 1, 31, 0], [884, 3772, 0, 0])),
    ("godaddy", Totals::new([20, 0, 9, 0], [63, 122, 0, 0])),
    ("google", Totals::new([1773, 0, 168, 0], [7315, 12858, 0, 3848])),
    ("homebrew", Totals::new([1, 8, 1, 0], [1, 97, 0, 0])),
    ("netlify", Totals::new([51, 0, 30, 0], [105, 331, 0, 0])),
    ("okta", Totals::new([73, 0, 24, 0], [283, 631, 0, 0])),
    ("openai", Totals::new([35, 0, 17, 0], [94, 220, 0, 79])),
];

#[test]
fn every_page_of_the_corpus_reads_as_counted() {
    let Some(corpus) = corpus::corpus() else { return };
    let mut totals: BTreeMap<String, Totals> = BTreeMap::new();
    let mut codes: BTreeMap<(String, &str), (usize, String)> = BTreeMap::new();
    let mut odd = Vec::new();
    for provider in folders(&corpus.join("docs")) {
        let name = file_name(&provider);
        for (path, page) in read_all(&pages(&provider)) {
            totals.entry(name.clone()).or_default().add(&page);
            odd.extend(oddity(&page, &path).map(|what| format!("{}: {what}", path.display())));
            for diagnostic in &page.diagnostics {
                let entry = codes.entry((name.clone(), diagnostic.code)).or_default();
                entry.0 += 1;
                entry.1 = diagnostic.to_string();
            }
        }
    }
    print_table(&totals);
    for ((provider, code), (count, last)) in &codes {
        println!("{provider}: {code} x {count}, e.g. {}", last.replace('\n', " "));
    }
    assert!(odd.is_empty(), "{} odd pages:\n{}", odd.len(), odd.join("\n"));
    for (provider, counted) in COUNTED {
        if let Some(read) = totals.get(provider) {
            assert_eq!(*read, counted, "{provider}");
        }
    }
}

/// What on a page contradicts its place or itself.
fn oddity(page: &Page, path: &Path) -> Option<String> {
    let parts: Vec<String> =
        path.iter().rev().skip(1).take(3).map(|part| part.to_string_lossy().into_owned()).collect();
    match page.kind {
        PageKind::Other => Some("not classified".into()),
        PageKind::Resource | PageKind::View => {
            let Some(id) = &page.id else { return Some("no identity".into()) };
            if [id.resource(), id.service()] != [parts[0].as_str(), parts[1].as_str()] {
                return Some(format!("the Id says {id}"));
            }
            if page.dialect == Dialect::Other {
                return Some("no dialect".into());
            }
            let is_utils = page.dialect == Dialect::UtilsHtml;
            let unattributed = page.sql_examples.iter().filter(|example| example.method.is_none()).count();
            (is_utils && unattributed > 0).then(|| format!("{unattributed} examples without a method"))
        }
        _ => page.id.as_ref().map(|id| format!("an index with the Id {id}")),
    }
}

/// Reads pages on all processors, in order.
fn read_all(paths: &[PathBuf]) -> Vec<(PathBuf, Page)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        (path.clone(), read_page(&path.to_string_lossy(), &text))
    };
    std::thread::scope(|scope| {
        let chunks = paths.chunks(paths.len().div_ceil(threads).max(1));
        let readers: Vec<_> =
            chunks.map(|chunk| scope.spawn(move || chunk.iter().map(read).collect::<Vec<_>>())).collect();
        readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
    })
}

fn print_table(totals: &BTreeMap<String, Totals>) {
    println!(
        "{:<14}{:>9}{:>7}{:>8}{:>9}{:>8}{:>8}{:>10}{:>7}",
        "", "resource", "view", "service", "provider", "method", "field", "parameter", "sql"
    );
    for (provider, t) in totals {
        println!(
            "{provider:<14}{:>9}{:>7}{:>8}{:>9}{:>8}{:>8}{:>10}{:>7}",
            t.resources, t.views, t.service_indexes, t.provider_indexes, t.methods, t.fields, t.parameters, t.sql
        );
    }
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        open.extend(folders(&folder));
        let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages.sort();
    pages
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
