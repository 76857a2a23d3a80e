//! Rows → text in the format that was asked for.

use std::io::{self, IsTerminal, Write};

use bindery_sql::{Column, Row, RowStream, Summary, Value};
use terminal_size::{Width, terminal_size};
use unicode_width::UnicodeWidthStr;

use crate::arguments::{RequestForm, ResultFormat};
use crate::outcome::Failure;

/// The narrowest that a column is made to fit a terminal.
const NARROWEST: usize = 8;

/// Prints the rows of a statement as they come, or once all are there where their widths matter. People see the requests
/// of a dry run as texts.
pub(crate) async fn print(
    mut rows: RowStream,
    format: ResultFormat,
    form: RequestForm,
    out: &mut dyn Write,
) -> Result<Summary, Failure> {
    let columns = rows.columns().await?;
    match format {
        ResultFormat::Table if rows.shows_requests() => {
            let mut separator = "";
            while let Some(row) = rows.next().await {
                writeln!(out, "{separator}{}", request(&row?, form))?;
                separator = "\n";
            }
        }
        ResultFormat::Ndjson => {
            while let Some(row) = rows.next().await {
                writeln!(out, "{}", row?.to_json())?;
            }
        }
        ResultFormat::Json => {
            let mut separator = "[";
            while let Some(row) = rows.next().await {
                write!(out, "{separator}{}", row?.to_json())?;
                separator = ",\n ";
            }
            if separator == "[" && columns.is_empty() {
                return Ok(rows.summary());
            }
            writeln!(out, "{}]", if separator == "[" { "[" } else { "" })?;
        }
        ResultFormat::Csv => {
            let mut writer = csv::Writer::from_writer(out);
            let broken = |error: csv::Error| Failure::Standard(io::Error::other(error));
            if !columns.is_empty() {
                writer.write_record(columns.iter().map(Column::name)).map_err(broken)?;
            }
            while let Some(row) = rows.next().await {
                let row = row?;
                let texts = row.columns().iter().zip(row.values()).map(|(column, value)| text(column, value, ""));
                writer.write_record(texts).map_err(broken)?;
            }
            writer.flush()?;
        }
        ResultFormat::Table | ResultFormat::Markdown => {
            let mut all = Vec::new();
            while let Some(row) = rows.next().await {
                all.push(row?);
            }
            if columns.is_empty() {
                return Ok(rows.summary());
            }
            if format == ResultFormat::Markdown { markdown(&columns, &all, out)? } else { table(&columns, &all, out)? }
        }
    }
    Ok(rows.summary())
}

/// A request of a dry run.
fn request(row: &Row, form: RequestForm) -> String {
    let part = |name: &str| row.text(name).unwrap_or_default();
    match form {
        RequestForm::Curl => part("curl").to_owned(),
        RequestForm::Http => {
            let body = row.text("body").map(|body| format!("\n\n{body}")).unwrap_or_default();
            format!("{}\n{}{body}", part("request"), part("headers"))
        }
    }
}

/// A value as people read it.
fn text(column: &Column, value: &Value, null: &str) -> String {
    match value {
        Value::Null => null.to_owned(),
        Value::Integer(number @ (0 | 1)) if column.is_boolean() => (*number == 1).to_string(),
        value => value.to_string(),
    }
}

fn markdown(columns: &[Column], rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
    let names: Vec<String> = columns.iter().map(|column| cell(column.name())).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(columns.len()))?;
    for row in rows {
        let cells = columns.iter().zip(row.values()).map(|(column, value)| cell(&text(column, value, "")));
        writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(())
}

fn table(columns: &[Column], rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let one_line = |text: String| text.replace('\n', "⏎").replace(['\r', '\t'], " ");
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            columns.iter().zip(row.values()).map(|(column, value)| one_line(text(column, value, "NULL"))).collect()
        })
        .collect();
    let widest = |at: usize, name: &str| {
        let of_cells = cells.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max();
        name.width().max(of_cells.unwrap_or_default())
    };
    let mut widths: Vec<usize> = columns.iter().enumerate().map(|(at, column)| widest(at, column.name())).collect();
    if io::stdout().is_terminal()
        && let Some((Width(width), _)) = terminal_size()
    {
        fit(&mut widths, usize::from(width));
    }
    let is_number: Vec<bool> = (0..columns.len())
        .map(|at| rows.iter().all(|row| matches!(row.at(at), Some(Value::Null | Value::Integer(_) | Value::Real(_)))))
        .collect();
    let mut write = |cells: &[String], aligned: bool| {
        let mut line = String::new();
        for ((cell, width), is_number) in cells.iter().zip(&widths).zip(&is_number) {
            let cell = shortened(cell, *width);
            let space = " ".repeat(width - cell.width().min(*width));
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&if aligned && *is_number { space + &cell } else { cell + &space });
        }
        writeln!(out, "{}", line.trim_end())
    };
    let names: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
    write(&names, true)?;
    let lines: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    write(&lines, false)?;
    cells.iter().try_for_each(|row| write(row, true))
}

/// Narrows the widest columns until a line fits.
fn fit(widths: &mut [usize], width: usize) {
    let spaces = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + spaces > width {
        let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST) else { return };
        *widest -= 1;
    }
}

/// A text that is cut to a width, with a mark where it was cut.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if short.width() >= width {
            short.pop();
            break;
        }
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_columns_give_way() {
        let mut widths = [4, 50, 60];
        fit(&mut widths, 60);
        assert_eq!(widths.iter().sum::<usize>() + 4, 60);
        assert_eq!(widths[0], 4);
        assert_eq!(shortened("ああああ", 5), "ああ…");
        assert_eq!(shortened("short", 5), "short");
    }
}
