//! `a RIGHT JOIN b` → `b LEFT JOIN a`, with `*` written out so that the columns keep their order.

use super::{Core, Item, Operator, Sharing, Statement};
use crate::lexer::quote;

impl Statement<'_> {
    /// The statement with a RIGHT JOIN behind one table the other way round.
    pub(super) fn turned(&self, core: &Core, items: &[Item]) -> Option<String> {
        let at = items.iter().position(|item| item.operator == Operator::Right)?;
        let (before, right, after) = (items.get(..at)?, items.get(at)?, items.get(at + 1..)?);
        // What columns of the same name later tables share is asked of the tables in their order.
        let [first] = before else { return None };
        if after.iter().any(|item| item.sharing != Sharing::Nothing) {
            return None;
        }
        let shared = self.shared(before, right)?;
        let condition = match (&right.on, shared.as_slice()) {
            (Some(on), _) => format!("ON {}", self.text(on.clone())),
            (None, []) if right.sharing == Sharing::Nothing => return None,
            (None, []) => "ON 1".to_owned(),
            (None, names) => format!("USING ({})", quoted(names)),
        };
        let list = self.written_out(core, items, &shared)?;
        let left = self.text(first.table.start..right.begin);
        let turned = format!("{} LEFT JOIN {left} {condition}", self.text(right.table.clone()));
        let start = self.tokens.get(core.list.start)?.start;
        let end = self.tokens.get(right.end.checked_sub(1)?)?.end();
        Some(format!("{}{list} FROM {turned}{}", self.sql.get(..start)?, self.sql.get(end..)?))
    }

    /// The names of the columns that a table shares with those before it; `None` when they cannot be known.
    pub(super) fn shared(&self, before: &[Item], item: &Item) -> Option<Vec<String>> {
        match &item.sharing {
            Sharing::Nothing => Some(Vec::new()),
            Sharing::Columns(names) => Some(names.clone()),
            Sharing::All => {
                let of = self.table(item)?;
                let mut shared = Vec::new();
                for before in before {
                    let known = self.table(before)?;
                    let is_common = |name: &str| of.visible().any(|other| other.name.eq_ignore_ascii_case(name));
                    shared.extend(known.visible().map(|column| column.name.clone()).filter(|name| is_common(name)));
                }
                Some(shared)
            }
        }
    }

    /// The list of a SELECT with every table named where it says `*`. Columns that the first two tables share are there
    /// once, where the first has them.
    fn written_out(&self, core: &Core, items: &[Item], shared: &[String]) -> Option<String> {
        let mut list = String::new();
        let mut copied = self.tokens.get(core.list.start)?.start;
        for at in core.list.clone().filter(|at| self.is_whole_row(*at)) {
            let token = self.tokens.get(at)?;
            let mut names = Vec::new();
            for (place, item) in items.iter().enumerate() {
                let name = item.qualifier()?;
                if shared.is_empty() || place > 1 {
                    names.push(format!("{name}.*"));
                    continue;
                }
                for column in self.table(item)?.visible() {
                    let is_shared = shared.iter().any(|shared| shared.eq_ignore_ascii_case(&column.name));
                    match (is_shared, place) {
                        (false, _) => names.push(format!("{name}.{}", quote(&column.name))),
                        (true, 0) => names.push(quote(&column.name)),
                        (true, _) => {}
                    }
                }
            }
            list.push_str(self.sql.get(copied..token.start)?);
            list.push_str(&names.join(", "));
            copied = token.end();
        }
        let end = self.tokens.get(core.list.end.checked_sub(1)?)?.end();
        list.push_str(self.sql.get(copied..end)?);
        Some(list)
    }

    /// Whether a token of a list is the `*` that stands for the columns of all tables.
    pub(super) fn is_whole_row(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        self.tokens.get(at).is_some_and(|token| token.is_symbol('*'))
            && before.is_some_and(|before| {
                before.is_symbol(',') || ["select", "distinct", "all"].iter().any(|word| before.is(word))
            })
    }
}

/// Names in a list.
pub(super) fn quoted(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}
