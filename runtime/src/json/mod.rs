//! Reading and writing JSON without losing anything.
//!
//! A provider's answer goes in as bytes, typed values come out; a typed value goes in, JSON text comes out.
//! Three rules hold throughout:
//!
//! * Only text that is not JSON is an error. A field whose value does not fit its declared type stays `None`, and
//!   the value is kept as it was received in the object's [`Extra`], with the fields nobody declared. Both are
//!   written back.
//! * `null` is absent, and absent is `None`.
//! * Numbers keep every digit.
//!
//! Generated types implement [`Object`] or [`TextEnum`] and delegate everything else to the functions here. The
//! loops are not generic, so a crate with thousands of types compiles them once.
//!
//! ```
//! use bindery_runtime::json::{self, Json};
//!
//! let value: Option<Vec<i64>> = json::from_slice(b"[1, 9007199254740993]")?;
//! assert_eq!(value, Some(vec![1, 9_007_199_254_740_993]));
//! assert_eq!(json::to_string(&value.unwrap_or_default()), "[1,9007199254740993]");
//!
//! // Well-formed, but not a list of whole numbers.
//! assert_eq!(json::from_slice::<Vec<i64>>(b"[1, \"two\"]")?, None);
//! # Ok::<(), json::Error>(())
//! ```

mod conversions;
mod cutter;
mod delegate;
mod error;
mod number;
mod object;
mod path;
mod reader;
pub(crate) mod scan;
mod serde;
mod show;
mod slot;
mod text_enum;
mod value;
mod writer;

pub use conversions::{FromJson, ToJson, from_slice, to_string};
pub use cutter::Cutter;
pub use error::Error;
pub use number::{Number, NumberError};
pub use object::{Extra, Object, ReadField, WriteField, equal, read_fields, write_fields};
pub use path::seek;
pub(crate) use path::seek_keys;
pub use reader::{Kind, MAX_DEPTH, Reader};
pub(crate) use scan::{Step, array_step, value_end};
pub use scan::{is_key, properties};
pub use serde::{deserialize, serialize};
pub use show::show;
pub(crate) use slot::{Slot, fill_from};
pub use text_enum::{TextEnum, read_text_enum, write_text_enum};
pub use value::Json;
pub use writer::{ObjectWriter, Writer};
