//! Typed reading of the tables of a pack; every mistake is noted at its place.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::pack::Basis;
use super::source::{Noted, Read, Source};
use crate::domain::money::Fen;
use crate::domain::reason::ReasonCode;
use crate::domain::text::Text;

/// One table of the text.
pub(in crate::domain) struct Section<'s, 't> {
    /// What the text is, for sentences: "the pack".
    whole: &'static str,
    source: &'s Source<'t>,
    table: &'s DeTable<'t>,
    at: usize,
    path: String,
    known: Vec<&'static str>,
}

impl<'s, 't> Section<'s, 't> {
    /// The whole text, called `whole` in sentences.
    pub(in crate::domain) fn root(
        whole: &'static str,
        source: &'s Source<'t>,
        table: &'s DeTable<'t>,
    ) -> Self {
        Self {
            whole,
            source,
            table,
            at: 0,
            path: String::new(),
            known: Vec::new(),
        }
    }

    /// The dotted path of a key of this table.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// The table's name for sentences.
    fn name(&self) -> String {
        if self.path.is_empty() {
            self.whole.to_owned()
        } else {
            format!("[{}]", self.path)
        }
    }

    /// Notes a mistake at the value of a key.
    pub(in crate::domain) fn note(&self, key: &str, message: impl Into<String>) -> Noted {
        self.source.note_at(&self.path_of(key), message)
    }

    /// Notes a mistake at the table itself.
    pub(super) fn note_here(&self, message: impl Into<String>) -> Noted {
        self.source.note(self.at, message)
    }

    fn missing(&self, key: &str) -> Noted {
        let message = format!("{} needs `{key}`", self.name());
        self.source.absent(self.at, message)
    }

    fn value(&mut self, key: &'static str) -> Option<&'s Spanned<DeValue<'t>>> {
        self.known.push(key);
        let (name, value) = self.table.get_key_value(key)?;
        let offset = match value.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) => name.span().start,
            _ => value.span().start,
        };
        let path = self.path_of(key);
        self.source.remember(path, offset);
        Some(value)
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&'s DeValue<'t>) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        match read(value.get_ref()) {
            Some(value) => Ok(Some(value)),
            None => Err(self.note(key, format!("`{key}` must be {wanted}"))),
        }
    }

    /// A value that must be there.
    pub(in crate::domain) fn need<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Read<Option<T>>,
    ) -> Read<T> {
        match read(self, key)? {
            Some(value) => Ok(value),
            None => Err(self.missing(key)),
        }
    }

    /// Text that is not blank.
    pub(in crate::domain) fn text(&mut self, key: &'static str) -> Read<Option<String>> {
        self.typed(key, "text that is not blank", |value| {
            let text = value.as_str()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Read<Option<bool>> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    /// A whole number from 0.
    pub(in crate::domain) fn count(&mut self, key: &'static str) -> Read<Option<u32>> {
        self.typed(key, "a whole number", |value| {
            let number = value.as_integer()?;
            u32::from_str_radix(number.as_str(), number.radix()).ok()
        })
    }

    /// A whole number from 1.
    pub(super) fn positive(&mut self, key: &'static str) -> Read<Option<u32>> {
        match self.count(key)? {
            Some(0) => Err(self.note(key, format!("`{key}` is 0: it must be at least 1"))),
            other => Ok(other),
        }
    }

    /// A decimal, exactly as it is written.
    pub(super) fn decimal(&mut self, key: &'static str) -> Read<Option<Decimal>> {
        self.typed(key, "a number from 0", decimal)
    }

    /// An amount of money in yuan.
    pub(super) fn yuan(&mut self, key: &'static str) -> Read<Option<Fen>> {
        self.typed(
            key,
            "an amount in yuan with at most two decimal places, like 15000 or 0.50",
            |value| Fen::parse_yuan(&decimal(value)?.to_string()).ok(),
        )
    }

    /// A share in percent, above 0 and at most 100, with at most four decimal places.
    pub(super) fn percent(&mut self, key: &'static str) -> Read<Option<Decimal>> {
        match self.decimal(key)? {
            Some(percent) if percent > Decimal::ONE_HUNDRED => {
                Err(self.note(key, format!("`{key}` is {percent}: above 100 %")))
            }
            Some(percent) if percent.is_zero() || percent.scale() > 4 => Err(self.note(
                key,
                format!("`{key}` must be above 0 with at most four decimal places"),
            )),
            other => Ok(other),
        }
    }

    /// A day.
    pub(in crate::domain) fn day(&mut self, key: &'static str) -> Read<Option<NaiveDate>> {
        self.typed(key, "a day, like 2025-12-31 without quotes", day)
    }

    /// One word of a list.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Read<Option<T>> {
        let wanted = format!("one of {}", listed(words));
        self.typed(key, &wanted, |value| word(value, words))
    }

    /// Several words of a list, none twice, at least one.
    pub(super) fn choices<T: Copy + PartialEq>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Read<Option<Vec<T>>> {
        let wanted = listed(words);
        self.list(key, &wanted, |value| word(value, words))
    }

    /// A list without repetition, at least one; `wanted` names what stands in it.
    pub(super) fn list<T: PartialEq>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&'s DeValue<'t>) -> Option<T>,
    ) -> Read<Option<Vec<T>>> {
        let found = self.distinct(key, |value| {
            read(value).ok_or_else(|| format!("`{key}` lists {wanted}"))
        })?;
        match found {
            Some(found) if found.is_empty() => Err(self.note(key, format!("`{key}` is empty"))),
            found => Ok(found),
        }
    }

    /// A list of days without repetition, perhaps empty; `objection` says what is wrong with one.
    pub(in crate::domain) fn days(
        &mut self,
        key: &'static str,
        objection: impl Fn(NaiveDate) -> Option<String>,
    ) -> Read<Option<Vec<NaiveDate>>> {
        self.distinct(key, |value| {
            let day = day(value)
                .ok_or_else(|| format!("`{key}` lists days, like 2025-12-31 without quotes"))?;
            objection(day).map_or(Ok(day), Err)
        })
    }

    fn distinct<T: PartialEq>(
        &mut self,
        key: &'static str,
        read: impl Fn(&'s DeValue<'t>) -> Result<T, String>,
    ) -> Read<Option<Vec<T>>> {
        let Some(items) = self.typed(key, "a list", DeValue::as_array)? else {
            return Ok(None);
        };
        let mut found = Vec::with_capacity(items.len());
        let mut bad = None;
        for item in items.iter() {
            let at = item.span().start;
            match read(item.get_ref()) {
                Err(message) => bad = Some(self.source.note(at, message)),
                Ok(value) if found.contains(&value) => {
                    bad = Some(self.source.note(at, format!("`{key}` names this twice")));
                }
                Ok(value) => found.push(value),
            }
        }
        bad.map_or(Ok(Some(found)), Err)
    }

    /// A table below this one.
    pub(in crate::domain) fn table(&mut self, key: &'static str) -> Read<Option<Section<'s, 't>>> {
        let Some(table) = self.typed(key, "a table", DeValue::as_table)? else {
            return Ok(None);
        };
        let path = self.path_of(key);
        let at = self.source.offset_of(&path);
        Ok(Some(Section {
            whole: self.whole,
            source: self.source,
            table,
            at: at.unwrap_or(self.at),
            path,
            known: Vec::new(),
        }))
    }

    /// The tables of an array of tables; none when the key is absent.
    pub(in crate::domain) fn tables(&mut self, key: &'static str) -> Read<Vec<Section<'s, 't>>> {
        let Some(items) = self.typed(key, "a list of tables", DeValue::as_array)? else {
            return Ok(Vec::new());
        };
        let mut sections = Vec::with_capacity(items.len());
        let mut bad = None;
        for (index, item) in items.iter().enumerate() {
            let at = item.span().start;
            let Some(table) = item.get_ref().as_table() else {
                bad = Some(self.source.note(at, format!("`{key}` lists tables")));
                continue;
            };
            let path = format!("{}[{index}]", self.path_of(key));
            self.source.remember(path.clone(), at);
            sections.push(Section {
                whole: self.whole,
                source: self.source,
                table,
                at,
                path,
                known: Vec::new(),
            });
        }
        bad.map_or(Ok(sections), Err)
    }

    /// Every key of this table with its text, for tables whose keys the pack chooses.
    pub(super) fn entries<T>(
        &mut self,
        wanted: &str,
        read: impl Fn(&'s DeValue<'t>) -> Option<T>,
    ) -> Read<BTreeMap<String, T>> {
        let mut found = BTreeMap::new();
        let mut bad = None;
        for (key, value) in self.table {
            match read(value.get_ref()) {
                Some(value) => {
                    let path = self.path_of(key.get_ref());
                    let at = key.span().start;
                    self.source.remember(path, at);
                    found.insert(key.get_ref().to_string(), value);
                }
                None => {
                    let message = format!("`{}` must be {wanted}", key.get_ref());
                    bad = Some(self.source.note(value.span().start, message));
                }
            }
        }
        bad.map_or(Ok(found), Err)
    }

    /// The same sentence in both languages.
    pub(super) fn both_languages(&mut self, key: &'static str) -> Read<Option<Text>> {
        let Some(mut section) = self.table(key)? else {
            return Ok(None);
        };
        let zh = section.need("zh", Self::text);
        let en = section.need("en", Self::text);
        section.close();
        Ok(Some(Text::new(zh?, en?)))
    }

    /// The basis of this rule; a rule without one is a mistake.
    pub(super) fn basis(&mut self) -> Read<Basis> {
        let Some(mut section) = self.table("basis")? else {
            let message = format!("{} has no basis: name document and clause", self.name());
            return Err(self.source.absent(self.at, message));
        };
        let name = section.need("document", Self::text);
        let clause = section.need("clause", Self::text);
        section.close();
        let name = name?;
        let title = self.source.document(&name);
        let Some(document) = title else {
            let message = format!("document `{name}` is not listed under [documents]");
            return Err(section.note("document", message));
        };
        Ok(Basis {
            document,
            clause: clause?,
        })
    }

    /// The rule's own sentences for the reasons it can give.
    pub(super) fn texts(&mut self, reasons: &[ReasonCode]) -> Read<BTreeMap<ReasonCode, Text>> {
        let mut found = BTreeMap::new();
        let Some(mut section) = self.table("texts")? else {
            return Ok(found);
        };
        let mut bad = None;
        for code in reasons {
            match section.both_languages(code.as_str()) {
                Ok(Some(text)) => {
                    found.insert(*code, text);
                }
                Ok(None) => {}
                Err(noted) => bad = Some(noted),
            }
        }
        section.close();
        bad.map_or(Ok(found), Err)
    }

    /// Notes every key that nobody asked for.
    pub(in crate::domain) fn close(&self) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !self.known.contains(&name) {
                let message = match self.known.iter().find(|known| alike(known, name)) {
                    Some(known) => {
                        format!(
                            "unknown key `{name}` in {}; did you mean `{known}`?",
                            self.name()
                        )
                    }
                    None => format!("unknown key `{name}` in {}", self.name()),
                };
                self.source.note(key.span().start, message);
            }
        }
    }
}

/// Whether two words differ by one letter that is added, lost, changed or moved to its neighbour.
fn alike(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = |word: &[char]| word.len() - same_start;
    let most_end = rest(&a).min(rest(&b));
    let ends = a.iter().rev().zip(b.iter().rev());
    let same_end = ends.take_while(|(x, y)| x == y).count().min(most_end);
    let (left, right) = (rest(&a) - same_end, rest(&b) - same_end);
    let moved = left == 2
        && right == 2
        && a[same_start] == b[same_start + 1]
        && a[same_start + 1] == b[same_start];
    (left <= 1 && right <= 1) || moved
}

fn decimal(value: &DeValue<'_>) -> Option<Decimal> {
    let written = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return None,
    };
    let plain = written.strip_prefix('+').unwrap_or(written);
    let number = Decimal::from_str_exact(plain).ok()?;
    (!number.is_sign_negative()).then(|| number.normalize())
}

fn day(value: &DeValue<'_>) -> Option<NaiveDate> {
    let written = value.as_datetime()?;
    let date = written.date?;
    if written.time.is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
}

fn word<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Option<T> {
    let text = value.as_str()?;
    words
        .iter()
        .find_map(|(word, value)| (*word == text).then_some(*value))
}

fn listed<T>(words: &[(&str, T)]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|(word, _)| format!("\"{word}\""))
        .collect();
    quoted.join(", ")
}
