//! SQL over every provider of Bindery's model.
//!
//! SQLite parses, plans and computes. A resource is a virtual table whose parameters are columns that want an equality;
//! what a statement needs is called in rounds, everything of a round at once. An [`Engine`] is made of providers and
//! their clients; statements are run as with sqlx.
//!
//! ```no_run
//! # async fn example(provider: bindery_ir::Provider) -> Result<(), bindery_sql::Error> {
//! let engine = bindery_sql::Engine::builder().provider(provider).build();
//! let row = engine.query("SELECT count(*) AS n FROM demo.pets.pet WHERE owner = :owner").bind_named("owner", "ann").fetch_one().await?;
//! println!("{:?}", row.integer("n"));
//! # Ok(())
//! # }
//! ```
//!
//! | module | does |
//! |---|---|
//! | `lexer`, `names`, `views`, `joins` | text → tokens → text that SQLite takes |
//! | `statement`, `mutation`, `metadata` | what a statement is, and those that SQLite does not run |
//! | `tables`, `table` | providers → tables |
//! | `choice`, `plan` | which method answers, and what SQLite is told of it |
//! | `lateral` | views that take parameters from what they are joined to |
//! | `scan`, `row` | the rows of an answer; their columns cut out when asked for |
//! | `job`, `connection`, `query_plan`, `diagnosis` | what SQLite runs, where, how it reads the tables, and what it says is wrong |
//! | `state`, `rounds`, `fetch` | what is missing, run after run; the calls of a round |
//! | `kept` | answers that outlive their statement |
//! | `requests` | what a dry run shows |
//! | `sqlite` | the border to SQLite: the only unsafe code |
//! | `engine`, `query`, `result` | what callers use |
//! | `completion`, `highlight` | what editors of statements use |

mod answer;
mod choice;
mod completion;
mod connection;
mod diagnosis;
mod engine;
mod error;
mod explain;
mod fetch;
mod functions;
mod highlight;
mod job;
mod joins;
mod kept;
mod keywords;
mod lateral;
mod lexer;
mod metadata;
mod mutation;
mod names;
mod parser;
mod plan;
mod query;
mod query_plan;
mod requests;
mod result;
mod rounds;
mod row;
mod scan;
mod select;
mod sqlite;
mod state;
mod statement;
mod store;
mod table;
mod tables;
mod value;
mod views;

pub use completion::Completion;
pub use engine::{Engine, EngineBuilder, Progress};
pub use error::{Error, Place};
pub use highlight::{Part, highlight};
pub use mutation::{Applied, Failed};
pub use query::{Query, RowStream, Summary};
pub use result::{Column, Row};
pub use statement::split;
pub use tables::{Definitions, OfCatalog, Resources, Unreadable};
pub use value::Value;
