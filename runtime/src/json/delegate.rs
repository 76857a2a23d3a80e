//! The impls that are the same for every generated type, so that generated code need not repeat them.

/// Gives structs what follows from which key belongs to which field: reading, writing, comparing, `Debug`, and serde impls
/// that delegate. Every field is an `Option`, and the struct has a field `extra` for everything else.
///
/// ```
/// use bindery_runtime::json::{self, Extra};
///
/// #[derive(Default)]
/// struct Pet {
///     name: Option<String>,
///     born_at: Option<String>,
///     extra: Extra,
/// }
///
/// bindery_runtime::json_objects! {
///     Pet {
///         "name" => name,
///         "bornAt" => born_at,
///     }
/// }
///
/// let pet: Option<Pet> = json::from_slice(br#"{"name":"Rex","age":3}"#)?;
/// assert_eq!(pet.map(|pet| json::to_string(&pet)).as_deref(), Some(r#"{"name":"Rex","age":3}"#));
/// # Ok::<(), json::Error>(())
/// ```
#[macro_export]
macro_rules! json_objects {
    ($($object:ident { $($key:literal => $field:ident,)* })*) => {$(
        impl $crate::json::Object for $object {
            #[inline]
            fn read_fields(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::std::result::Result<(), $crate::json::Error> {
                $crate::json::read_fields(&mut [$(($key, &mut self.$field)),*], &mut self.extra, reader)
            }

            #[inline]
            fn write_fields(&self, writer: &mut $crate::json::Writer) {
                $crate::json::write_fields(&[$(($key, &self.$field)),*], &self.extra, writer)
            }
        }

        impl ::std::fmt::Debug for $object {
            #[inline]
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::json::show(self, formatter)
            }
        }

        impl ::std::cmp::PartialEq for $object {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::json::equal(self, other)
            }
        }

        $crate::json_serde!($object);
    )*};
}

/// Gives enums of texts what follows from which text belongs to which variant: reading, writing, comparing, `Debug`,
/// `From<&str>`, and serde impls that delegate. A variant `Unrecognized` holds every other text.
///
/// ```
/// use bindery_runtime::json;
///
/// enum Size {
///     Small,
///     Unrecognized(String),
/// }
///
/// bindery_runtime::json_text_enums! {
///     Size {
///         "small" => Small,
///     }
/// }
///
/// assert_eq!(json::from_slice::<Size>(br#""huge""#)?, Some(Size::Unrecognized("huge".to_owned())));
/// assert_eq!(format!("{:?}", Size::Small), r#""small""#);
/// # Ok::<(), json::Error>(())
/// ```
#[macro_export]
macro_rules! json_text_enums {
    ($($text_enum:ident { $($text:literal => $variant:ident,)* })*) => {$(
        impl $crate::json::TextEnum for $text_enum {
            fn from_text(text: ::std::string::String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Unrecognized(text),
                }
            }

            fn as_text(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unrecognized(text) => text,
                }
            }
        }

        impl ::std::fmt::Debug for $text_enum {
            #[inline]
            fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt($crate::json::TextEnum::as_text(self), formatter)
            }
        }

        impl ::std::cmp::PartialEq for $text_enum {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::json::TextEnum::as_text(self) == $crate::json::TextEnum::as_text(other)
            }
        }

        impl ::std::cmp::Eq for $text_enum {}

        impl ::std::hash::Hash for $text_enum {
            #[inline]
            fn hash<H: ::std::hash::Hasher>(&self, hasher: &mut H) {
                ::std::hash::Hash::hash($crate::json::TextEnum::as_text(self), hasher);
            }
        }

        impl ::std::convert::From<&str> for $text_enum {
            #[inline]
            fn from(text: &str) -> Self {
                $crate::json::TextEnum::from_text(::std::string::String::from(text))
            }
        }

        impl $crate::json::FromJson for $text_enum {
            #[inline]
            fn read(
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::json::Error> {
                $crate::json::read_text_enum(reader)
            }
        }

        impl $crate::json::ToJson for $text_enum {
            #[inline]
            fn write(&self, writer: &mut $crate::json::Writer) {
                $crate::json::write_text_enum(self, writer);
            }
        }

        $crate::json_serde!($text_enum);
    )*};
}

/// Gives enums of answers the reading that follows from which status belongs to which variant. The first variant is for
/// every status that no other has.
///
/// ```
/// use bindery_runtime::json::{FromJson, Reader};
///
/// #[derive(Debug, PartialEq)]
/// enum Answer {
///     Status200(i64),
///     Status202(String),
/// }
///
/// bindery_runtime::json_answers! {
///     Answer {
///         _ => Status200,
///         202 => Status202,
///     }
/// }
///
/// assert_eq!(Answer::read_answer(200, &mut Reader::new(b"1")?)?, Some(Answer::Status200(1)));
/// assert_eq!(Answer::read_answer(202, &mut Reader::new(br#""job""#)?)?, Some(Answer::Status202("job".into())));
/// # Ok::<(), bindery_runtime::json::Error>(())
/// ```
#[macro_export]
macro_rules! json_answers {
    ($($answer:ident { _ => $usual:ident, $($status:literal => $variant:ident,)* })*) => {$(
        impl $crate::json::FromJson for $answer {
            fn read(
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::json::Error> {
                ::std::result::Result::Ok($crate::json::FromJson::read(reader)?.map(Self::$usual))
            }

            fn read_answer(
                status: u16,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::json::Error> {
                match status {
                    $($status => ::std::result::Result::Ok($crate::json::FromJson::read(reader)?.map(Self::$variant)),)*
                    _ => <Self as $crate::json::FromJson>::read(reader),
                }
            }
        }
    )*};
}

/// serde impls that delegate to a type's own conversions.
#[doc(hidden)]
#[macro_export]
macro_rules! json_serde {
    ($value:ty) => {
        impl $crate::serde::Serialize for $value {
            #[inline]
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::json::serialize(self, serializer)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $value {
            #[inline]
            fn deserialize<D: $crate::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::json::deserialize(deserializer)
            }
        }
    };
}
