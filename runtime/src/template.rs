//! Runs the templates of documents that are none of the known operations, by an interpreter of their language, Go's
//! `text/template` (feature `templates`).
//!
//! A template and what it is applied to go in, the text that it makes comes out. Unlike the known operations it sees
//! decoded values: numbers that neither 64 bits nor a float hold lose digits here.

#[cfg(feature = "templates")]
use gotmpl::{Template, TemplateError, Value};

/// How many items the loops of one template may go over, all together.
#[cfg(feature = "templates")]
const MOST_ITEMS: u64 = 5_000_000;

/// What a template is applied to.
#[cfg_attr(not(feature = "templates"), expect(dead_code, reason = "without an interpreter nothing reads it"))]
pub(crate) enum Input<'a> {
    /// A value, as JSON.
    Json(&'a str),
    /// A text, as it is.
    Text(&'a str),
}

/// The text that a template makes.
///
/// # Errors
/// A sentence that says what is wrong with the template, or what it cannot be applied to.
#[cfg(feature = "templates")]
pub(crate) fn run(template: &str, input: &Input<'_>) -> Result<String, String> {
    let failed = |error: TemplateError| format!("its template fails: {error}");
    let value = match input {
        Input::Text(text) => Value::String((*text).into()),
        Input::Json(text) => {
            let json: serde_json::Value =
                serde_json::from_str(text).map_err(|error| format!("it is no JSON ({error})"))?;
            gotmpl::to_value(&json).map_err(failed)?
        }
    };
    let engine = Template::new("template")
        .max_range_iters(MOST_ITEMS)
        .func("toJson", |arguments| Ok(text(json_of(one(arguments)?)?.to_string())))
        .func("kindOf", |arguments| Ok(text(kind_of(one(arguments)?))))
        .func("jsonMapFromString", |arguments| {
            let json: serde_json::Value = serde_json::from_str(&one(arguments)?.to_string())
                .map_err(|error| TemplateError::Exec(format!("jsonMapFromString: {error}")))?;
            gotmpl::to_value(&json)
        })
        .func("plus1", |arguments| Ok(Value::Int(whole(one(arguments)?)?.saturating_add(1))))
        .func("toInt", |arguments| whole(one(arguments)?).map(Value::Int))
        .func("toBool", |arguments| Ok(Value::Bool(one(arguments)?.to_string().eq_ignore_ascii_case("true"))))
        .func("safeIndex", |arguments| Ok(safe_index(arguments)))
        .func("separator", |arguments| Ok(separator(one(arguments)?)));
    engine.parse(template).and_then(|template| template.execute_to_string(&value)).map_err(failed)
}

/// Says that this build cannot do it.
#[cfg(not(feature = "templates"))]
pub(crate) fn run(_: &str, input: &Input<'_>) -> Result<String, String> {
    let (Input::Json(_) | Input::Text(_)) = input;
    Err("it is reshaped by a template that is no known operation, and running those needs the cargo feature `templates`; \
         take the answer as it is with `send`"
        .to_owned())
}

#[cfg(feature = "templates")]
fn text(text: impl AsRef<str>) -> Value {
    Value::String(text.as_ref().into())
}

#[cfg(feature = "templates")]
fn one(arguments: &[Value]) -> Result<&Value, TemplateError> {
    arguments.first().ok_or_else(|| TemplateError::Exec("a function needs an argument".to_owned()))
}

#[cfg(feature = "templates")]
fn whole(value: &Value) -> Result<i64, TemplateError> {
    value.to_string().parse().map_err(|_| TemplateError::Exec(format!("`{value}` is no whole number")))
}

/// What Go calls the kind of a decoded value.
#[cfg(feature = "templates")]
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Uint(_) | Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Function(_) => "func",
        Value::Nil => "invalid",
    }
}

/// How deep it goes is bounded by the reader that the value came from.
#[cfg(feature = "templates")]
fn json_of(value: &Value) -> Result<serde_json::Value, TemplateError> {
    Ok(match value {
        Value::Nil => serde_json::Value::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::Uint(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::String(text) => (&**text).into(),
        Value::List(items) => serde_json::Value::Array(items.iter().map(json_of).collect::<Result<_, _>>()?),
        Value::Map(members) => {
            let member = |(name, value): (&std::sync::Arc<str>, &Value)| Ok((name.to_string(), json_of(value)?));
            serde_json::Value::Object(members.iter().map(member).collect::<Result<_, TemplateError>>()?)
        }
        Value::Function(_) => return Err(TemplateError::Exec("toJson: a function has no JSON".to_owned())),
    })
}

/// What is at the keys and positions, or nothing.
#[cfg(feature = "templates")]
fn safe_index(arguments: &[Value]) -> Value {
    let Some((first, path)) = arguments.split_first() else { return Value::Nil };
    let step = |value: Option<Value>, key: &Value| match value? {
        Value::Map(members) => members.get(&*key.to_string()).cloned(),
        Value::List(items) => items.get(key.to_string().parse::<usize>().ok()?).cloned(),
        _ => None,
    };
    path.iter().fold(Some(first.clone()), step).unwrap_or(Value::Nil)
}

/// A function that gives nothing the first time it is called, and the separator after that.
#[cfg(feature = "templates")]
fn separator(separator: &Value) -> Value {
    let separator = text(separator.to_string());
    let was_called = std::sync::atomic::AtomicBool::new(false);
    Value::Function(std::sync::Arc::new(move |_: &[Value]| {
        let is_first = !was_called.swap(true, std::sync::atomic::Ordering::Relaxed);
        Ok(if is_first { text("") } else { separator.clone() })
    }))
}

#[cfg(all(test, feature = "templates"))]
mod tests {
    use super::*;

    #[test]
    fn the_language_and_its_functions_work() {
        let json = r#"{"items":[{"id":9007199254740993,"n":1.5},"x",null],"s":"a\"b"}"#;
        for (template, expected) in [
            (
                "{{ range $i, $v := .items }}{{ if $i }},{{ end }}{{ toJson $v }}{{ end }}",
                r#"{"id":9007199254740993,"n":1.5},"x",null"#,
            ),
            ("{{ range .items }}{{ kindOf . }} {{ end }}{{ kindOf .none }}", "map string invalid invalid"),
            (
                r#"{{- $c := separator ";" -}}{{ range .items }}{{ call $c }}{{ kindOf . }}{{ end }}"#,
                "map;string;invalid",
            ),
            (
                r#"{{ toJson (index (index .items 0) "n") }} {{ safeIndex .items 7 "n" }} {{ plus1 (len .items) }}"#,
                "1.5 <no value> 4",
            ),
            (
                r#"{{ $m := jsonMapFromString (printf "{\"k\":%s}" (toJson .s)) }}{{ printf "%q" (index $m "k") }}"#,
                r#""a\"b""#,
            ),
            (r#"{{ if and (toBool "true") (eq (toInt "7") 7) }}yes{{ else }}no{{ end }}"#, "yes"),
        ] {
            assert_eq!(run(template, &Input::Json(json)).as_deref(), Ok(expected), "{template}");
        }
        assert_eq!(run("[{{ toJson . }}]", &Input::Text("a\nb")).as_deref(), Ok(r#"["a\nb"]"#));
    }

    #[test]
    fn what_fails_says_where() {
        for (template, expected) in [
            ("{{ .items", "template"),
            ("{{ nothing . }}", "nothing"),
            ("{{ jsonMapFromString \"{\" }}", "jsonMapFromString"),
        ] {
            let Err(error) = run(template, &Input::Json("{}")) else { panic!("{template} ran") };
            assert!(error.starts_with("its template fails") && error.contains(expected), "{error}");
        }
        assert!(run("{{ . }}", &Input::Json("{")).unwrap_err().contains("no JSON"));
    }
}
