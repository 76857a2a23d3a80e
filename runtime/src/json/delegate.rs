//! The impls that are the same for every generated type, so that generated code need not repeat them.

/// Gives types that implement [`Object`](crate::json::Object) everything that follows from it: reading, writing, and
/// serde impls that delegate.
///
/// ```
/// use bindery_runtime::json::{self, Error, Extra, Object, ObjectWriter, Reader};
///
/// #[derive(Default)]
/// struct Pet {
///     name: Option<String>,
///     extra: Extra,
/// }
///
/// impl Object for Pet {
///     fn read_field(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<bool, Error> {
///         match key {
///             "name" => reader.field(&mut self.name),
///             _ => Ok(false),
///         }
///     }
///     fn write_fields(&self, object: &mut ObjectWriter<'_>) {
///         object.field("name", &self.name);
///     }
///     fn extra(&self) -> &Extra {
///         &self.extra
///     }
///     fn extra_mut(&mut self) -> &mut Extra {
///         &mut self.extra
///     }
/// }
///
/// bindery_runtime::json_objects!(Pet);
///
/// let pet: Option<Pet> = json::from_slice(br#"{"name":"Rex","age":3}"#)?;
/// assert_eq!(pet.map(|pet| json::to_string(&pet)).as_deref(), Some(r#"{"name":"Rex","age":3}"#));
/// # Ok::<(), json::Error>(())
/// ```
#[macro_export]
macro_rules! json_objects {
    ($($object:ty),* $(,)?) => {$(
        impl $crate::json::FromJson for $object {
            #[inline]
            fn read(
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::std::result::Result<::std::option::Option<Self>, $crate::json::Error> {
                $crate::json::read_object(reader)
            }
        }

        impl $crate::json::ToJson for $object {
            #[inline]
            fn write(&self, writer: &mut $crate::json::Writer) {
                $crate::json::write_object(self, writer);
            }
        }

        $crate::json_serde!($object);
    )*};
}

/// Gives types that implement [`TextEnum`](crate::json::TextEnum) everything that follows from it: reading, writing,
/// `From<&str>`, and serde impls that delegate.
#[macro_export]
macro_rules! json_text_enums {
    ($($text_enum:ty),* $(,)?) => {$(
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
