//! Text templates over requests and responses → what they do.
//!
//! Templates are kept as they are, and compared with the shapes that real documents have: a template that has one of
//! them is that operation, whatever its variables, its members and its white space are. A template that has none
//! has to be run by whoever sends the method.

mod shape;

use bindery_ir::{JsonPath, Picked, Reshape, Text, Transform, TransformInput};

use super::document::Cursor;
use super::vocabulary;
use crate::{Diagnostic, Severity};
use shape::{Found, Shape};

/// Reads a `transform` block.
pub(super) fn read(block: Cursor<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Transform> {
    vocabulary::check(Some(block), "transform", diagnostics);
    let kind = block.text_of("type").unwrap_or("golang_template_text_v0.1.0");
    let template = block.text_of("body").unwrap_or_default();
    let input = match kind {
        xml if xml.contains("_mxj_") || xml.contains("_xml_") => TransformInput::Xml,
        json if json.contains("_json_") => TransformInput::Json,
        text if text.contains("_text_") => TransformInput::Text,
        other => {
            let at = block.get("type").unwrap_or(block);
            let message = format!("`{}` is no language of templates that is known", other.escape_debug());
            let finding = at.finding(Severity::Warning, "openapi/transform", message);
            diagnostics.push(finding.assuming("the response is taken as it is"));
            return None;
        }
    };
    let is_by_schema = kind.starts_with("schema_driven_xml");
    let operation = if is_by_schema { Reshape::XmlBySchema } else { recognize(template) };
    if operation == Reshape::Template {
        let message = "the template has none of the shapes that are known".to_owned();
        let at = block.get("body").unwrap_or(block);
        diagnostics.push(
            at.finding(Severity::Note, "openapi/transform", message)
                .assuming("it is kept, and has to be run by a template engine"),
        );
    }
    Some(Transform { kind: kind.to_owned().into(), input, template: template.to_owned().into(), operation })
}

/// Makes an operation of what was found in a template of its shape.
type Make = fn(&Found) -> Option<Reshape>;

/// The shapes. `‹name›` stands for any name, the same wherever it stands again; what is between `⟪` and `⟫` may be
/// repeated, and `¦` divides the forms it may have.
const SHAPES: [(&str, Make); 17] = [
    // Each row of a list takes up the members of its `properties`.
    (
        r#"{"‹list›": [{{ range $i, $row := index . "‹list›" }}{{ if $i }},{{ end }}{
            {{ $p := index $row "‹member›" }}{{ if eq (kindOf $p) "map" }}{{ range $k, $v := $p }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}{{ end }}
            {{ range $k, $v := $row }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}"‹mark›": true }{{ end }}],
            "‹token›": {{ toJson (index . "‹token›") }}}"#,
        flatten,
    ),
    // The only row takes them up.
    (
        r#"{{ $row := . }}{ {{ $p := index $row "‹member›" }}{{ if eq (kindOf $p) "map" }}{{ range $k, $v := $p }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}{{ end }}
            {{ range $k, $v := $row }}{{ printf "%q" $k }}: {{ toJson $v }}, {{ end }}"‹mark›": true }"#,
        flatten,
    ),
    // A list of values becomes a list of objects, with or without a token beside it.
    (
        r#"{{ $l := index . "‹from›" }}{{ $t := index . "‹token›" }}{"‹into›": [{{ if eq (kindOf $l) "slice" }}{{ range $i, $v := $l }}{{ if $i }},{{ end }}
            {"‹column›": {{ toJson $v }}}{{ end }}{{ end }}]{{ if $t }}, "‹token›": {{ toJson $t }}{{ end }}}"#,
        wrap,
    ),
    (
        r#"{{ $l := index . "‹from›" }}{"‹into›": [{{ if eq (kindOf $l) "slice" }}{{ range $i, $v := $l }}{{ if $i }},{{ end }}
            {"‹column›": {{ toJson $v }}}{{ end }}{{ end }}]}"#,
        wrap,
    ),
    (
        r#"{"‹into›": [{{ range $i, $v := index . "‹from›" }}{{ if $i }},{{ end }}{"‹column›": {{ toJson $v }}}{{ end }}],
            "‹token›": {{ toJson (index . "‹token›") }}}"#,
        wrap,
    ),
    (r#"{"‹into›": [{{ range $i, $v := . }}{{ if $i }},{{ end }}{"‹column›": {{ toJson $v }}}{{ end }}]}"#, wrap),
    (r#"[{{ range $i, $v := .‹from› }}{{ if $i }},{{ end }}{"‹column›": {{ toJson $v }}}{{ end }}]"#, wrap),
    (
        r#"{{ $w := printf "{\"‹items›\":%s}" . }}{{ $p := jsonMapFromString $w }}{{ $l := index $p "‹items›" }}
            {"‹into›":[{{ range $i, $v := $l }}{{ if $i }},{{ end }}{"‹column›":"{{- $v -}}"}{{ end }}]}"#,
        wrap,
    ),
    // The same for XML, where a list of one is no list.
    (
        r#"{{ $n := index . "‹root›" }}
            ⟪{{ if eq (kindOf $n) "map" }}{{ $n = index $n "‹step›" }}{{ else }}{{ $n = "" }}{{ end }}
            ¦{{ if eq (kindOf $n) "map" }}{{ $n = index $n "‹step›" }}{{ else if eq (kindOf $n) "string" }}{{ $n = "" }}{{ end }}⟫
            {"‹into›": [{{ if eq (kindOf $n) "slice" }}{{ range $i, $v := $n }}{{ if $i }},{{ end }}{"‹column›": {{ toJson $v }}}{{ end }}
            {{ else if and (eq (kindOf $n) "string") $n }}{"‹column›": {{ toJson $n }}}{{ end }}]}"#,
        wrap,
    ),
    (
        r#"{{ $s := separator ", " }}{{ $n := index . "‹root›" }}
            ⟪{{ if eq (kindOf $n) "map" }}{{ $n = index $n "‹step›" }}{{ else }}{{ $n = "" }}{{ end }}⟫
            {"‹into›": [{{ if eq (kindOf $n) "slice" }}{{ range $x := $n }}{{ call $s }}{{ toJson $x }}{{ end }}
            {{ else if eq (kindOf $n) "map" }}{{ call $s }}{{ toJson $n }}{{ end }}]}"#,
        wrap,
    ),
    // Members are picked from one row, or from each.
    (
        r#"{{ $n := index . "‹root›" }}
            ⟪{{ if eq (kindOf $n) "map" }}{{ $n = index $n "‹step›" }}{{ else }}{{ $n = "" }}{{ end }}⟫
            {"‹into›": [{{{ if eq (kindOf $n) "map" }}⟪"‹column›": {{ toJson (index $n "‹a›") }}⟪,⟫⟫{{ end }}}]}"#,
        pick,
    ),
    (
        r#"{"‹into›": [{{ $d := index . "‹root›" }}{{ if $d }}{{ $e := index $d "‹second›" }}{{ $f := index $e "‹third›" }}
            {{ if and $f (gt (len $f) 0) }}{{ $rows := index (index $f 0) "‹fourth›" }}{{ $first := true }}{{ range $i, $row := $rows }}{{ if not $first }},{{ end }}{{ $first = false }}
            {⟪"‹column›": {{ toJson (index $row "‹a›" "‹b›") }}⟪,⟫¦"‹column›": {{ toJson (index $row "‹a›") }}⟪,⟫
            ¦"‹column›": {{ index $row "‹a›" "‹b›" }}⟪,⟫¦"‹column›": {{ index $row "‹a›" }}⟪,⟫⟫}{{ end }}{{ end }}{{ end }}]}"#,
        pick,
    ),
    // The whole body goes somewhere.
    (r#"{{ $w := printf "{\"‹member›\":%s}" . }}{{ $w }}"#, enclose),
    (r#"{"‹member›": {{ toJson . }}}"#, enclose),
    (r#"[{"‹column›": {{ toJson . }}}]"#, contents),
    (r#"[{"‹column›": {{ toJson .‹from› }}}]"#, contents),
    // A request has the columns that have a value.
    (
        r#"{ {{ $s := "" }}⟪{{ if .‹x› }}{{ $s }}"‹x›": {{ toJson .‹x› }}{{ $s = "," }}{{ end }}
            ¦{{ if .‹x› }}{{ $s }}"‹x›": {{ if eq (kindOf .‹x›) "string" }}{{ .‹x› }}{{ else }}{{ toJson .‹x› }}{{ end }}{{ $s = "," }}{{ end }}⟫ }"#,
        pick_truthy,
    ),
];

/// Templates that are no more than the value of one column.
const COLUMNS: [&str; 2] =
    ["{{ .‹x› }}", r#"{{ if eq (kindOf .‹x›) "string" }}{{ .‹x› }}{{ else }}{{ toJson .‹x› }}{{ end }}"#];

/// What a template does.
fn recognize(template: &str) -> Reshape {
    let tokens = shape::tokens(template);
    let of = |shape: &str| Shape::parse(shape).matches(&tokens);
    let column = || COLUMNS.iter().find_map(|shape| of(shape)?.text("x")).map(|column| Reshape::Column { column });
    let found = SHAPES.iter().find_map(|(shape, make)| make(&of(shape)?));
    found.or_else(column).unwrap_or(Reshape::Template)
}

fn flatten(found: &Found) -> Option<Reshape> {
    Some(Reshape::Flatten {
        list: found.text("list"),
        member: found.text("member")?,
        mark: found.text("mark")?,
        token: found.text("token"),
    })
}

#[allow(clippy::unnecessary_wraps, reason = "as all of them")]
fn wrap(found: &Found) -> Option<Reshape> {
    Some(Reshape::Wrap {
        from: from(found),
        into: found.text("into"),
        column: found.text("column"),
        token: found.text("token"),
    })
}

fn pick(found: &Found) -> Option<Reshape> {
    let columns = found.rounds.iter().filter(|round| round.contains_key("column")).map(|round| Picked {
        column: Text::Owned(round.get("column").cloned().unwrap_or_default()),
        from: JsonPath(["a", "b"].iter().filter_map(|key| round.get(*key)).cloned().map(Text::Owned).collect()),
    });
    Some(Reshape::Pick { from: from(found), into: found.text("into")?, columns: columns.collect() })
}

fn enclose(found: &Found) -> Option<Reshape> {
    Some(Reshape::Enclose { member: found.text("member")? })
}

fn contents(found: &Found) -> Option<Reshape> {
    Some(Reshape::Contents { from: from(found), column: found.text("column")? })
}

#[allow(clippy::unnecessary_wraps, reason = "as all of them")]
fn pick_truthy(found: &Found) -> Option<Reshape> {
    let columns = found.rounds.iter().filter_map(|round| round.get("x")).cloned().map(Text::Owned);
    Some(Reshape::PickTruthy { columns: columns.collect() })
}

/// The way to the rows, in the order in which a template goes it.
fn from(found: &Found) -> JsonPath {
    let mut keys: Vec<Text> = ["root", "from", "second", "third"].iter().filter_map(|name| found.text(name)).collect();
    if let Some(fourth) = found.text("fourth") {
        keys.extend([Text::Borrowed("0"), fourth]);
    }
    keys.extend(found.rounds.iter().filter_map(|round| round.get("step")).cloned().map(Text::Owned));
    JsonPath(keys.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(keys: &[&str]) -> JsonPath {
        JsonPath(keys.iter().map(|key| Text::Owned((*key).to_owned())).collect())
    }

    fn text(text: &str) -> Text {
        Text::Owned(text.to_owned())
    }

    #[test]
    fn lists_and_single_rows_take_up_the_members_of_a_member() {
        let inner = r#"{{ $q := index $r "detail" }}{{ if eq (kindOf $q) "map" }}{{ range $n, $m := $q }}{{ printf "%q" $n }}: {{ toJson $m }}, {{ end }}{{ end }}{{ range $n, $m := $r }}{{ printf "%q" $n }}: {{ toJson $m }}, {{ end }}"_flat": true }"#;
        let list = format!(
            "{{\"pets\": [ {{{{- range $j, $r := index . \"pets\" }}}}{{{{ if $j }}}},{{{{ end }}}} {{ {inner} {{{{- end }}}} ], \"next\": {{{{ toJson (index . \"next\") }}}}}}"
        );
        let expected = |list, token| Reshape::Flatten { list, member: text("detail"), mark: text("_flat"), token };
        assert_eq!(recognize(&list), expected(Some(text("pets")), Some(text("next"))));
        assert_eq!(recognize(&format!("{{{{ $r := . }}}}{{ {inner}")), expected(None, None));
        // A list that is read from one member and written to another is something else.
        assert_eq!(recognize(&list.replace("index . \"pets\"", "index . \"dogs\"")), Reshape::Template);
    }

    #[test]
    fn lists_of_values_become_rows() {
        let wrap = |from: &[&str], into: Option<&str>, column: Option<&str>, token: Option<&str>| Reshape::Wrap {
            from: path(from),
            into: into.map(text),
            column: column.map(text),
            token: token.map(text),
        };
        for (template, expected) in [
            (
                r#"{{- $l := index . "names" -}}{{- $t := index . "next" -}}{"rows": [{{- if eq (kindOf $l) "slice" -}}{{- range $i, $v := $l -}}{{- if $i }},{{ end }}{"name": {{ toJson $v }}}{{- end -}}{{- end -}}]{{- if $t }}, "next": {{ toJson $t }}{{- end }}}"#,
                wrap(&["names"], Some("rows"), Some("name"), Some("next")),
            ),
            (
                r#"[{{ range $i, $v := .result }}{{ if $i }},{{ end }}{"author": {{ toJson $v }}}{{ end }}]"#,
                wrap(&["result"], None, Some("author"), None),
            ),
            (
                r#"{"value": [{{- range $i, $v := . }}{{ if $i }},{{ end }}{"value": {{ toJson $v }}}{{- end }}]}"#,
                wrap(&[], Some("value"), Some("value"), None),
            ),
            (
                r#"{{- $n := index . "R" -}}{{- if eq (kindOf $n) "map" }}{{ $n = index $n "S" }}{{ else }}{{ $n = "" }}{{ end -}}{{- if eq (kindOf $n) "map" }}{{ $n = index $n "member" }}{{ else if eq (kindOf $n) "string" }}{{ $n = "" }}{{ end -}}{"rows": [{{- if eq (kindOf $n) "slice" -}}{{- range $i, $v := $n -}}{{- if $i }},{{ end }}{"id": {{ toJson $v }}}{{- end -}}{{- else if and (eq (kindOf $n) "string") $n -}}{"id": {{ toJson $n }}}{{- end -}}]}"#,
                wrap(&["R", "S", "member"], Some("rows"), Some("id"), None),
            ),
        ] {
            assert_eq!(recognize(template), expected, "{template}");
        }
    }

    #[test]
    fn bodies_are_enclosed_and_members_picked() {
        assert_eq!(
            recognize(r#"{{- $x := printf "{\"tags\":%s}" . -}} {{- $x -}}"#),
            Reshape::Enclose { member: text("tags") }
        );
        assert_eq!(recognize(r#"{"value": {{ toJson . }}}"#), Reshape::Enclose { member: text("value") });
        let contents = |keys: &[&str]| Reshape::Contents { from: path(keys), column: text("contents") };
        assert_eq!(recognize(r#"[{"contents": {{ toJson . }}}]"#), contents(&[]));
        assert_eq!(recognize(r#"[{"contents": {{ toJson .result }}}]"#), contents(&["result"]));
        assert_eq!(recognize("{{ .contents }}"), Reshape::Column { column: text("contents") });
        let request = r#"{ {{- $sep := "" -}} {{- if .a }}{{ $sep }}"a": {{ toJson .a }}{{- $sep = "," -}}{{ end }} {{- if .b }}{{ $sep }}"b": {{ if eq (kindOf .b) "string" }}{{ .b }}{{ else }}{{ toJson .b }}{{ end }}{{- $sep = "," -}}{{ end }} }"#;
        assert_eq!(recognize(request), Reshape::PickTruthy { columns: vec![text("a"), text("b")].into() });
        let other = request.replacen(r#""a": {{ toJson .a }}"#, r#""a": {{ toJson .c }}"#, 1);
        assert_eq!(recognize(&other), Reshape::Template);
    }

    #[test]
    fn nothing_else_is_recognized_and_nothing_breaks() {
        for template in ["", "{{", "}}", "\"", "{{ .", "{{ range }}", "⟪‹x›⟫", "{\"a\": {{ toJson . }}", "{{{{{{"]
        {
            assert_eq!(recognize(template), Reshape::Template, "{template}");
        }
    }
}
