//! Walking an object's members: every finding with its JSON pointer, pointers made only when needed.

use super::Warning;
use super::json::{Json, Member};
use crate::domain::defect::{Defect, DefectCode};

/// More defects than anybody reads; a body of nothing but unknown fields is answered in this size.
const MOST_DEFECTS: usize = 100;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    defects: Vec<Defect>,
    warnings: Vec<Warning>,
}

impl Findings {
    /// Notes a defect, unless there are too many already.
    pub(crate) fn defect(&mut self, place: &Place<'_>, code: DefectCode) {
        if !self.is_full() {
            self.defects.push(Defect::new(place.pointer(), code));
        }
    }

    /// Whether there are as many defects as are told.
    fn is_full(&self) -> bool {
        self.defects.len() >= MOST_DEFECTS
    }

    /// The defects and the warnings.
    pub(crate) fn into_parts(self) -> (Vec<Defect>, Vec<Warning>) {
        (self.defects, self.warnings)
    }
}

/// Where a value stands, as a chain on the stack.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'p> {
    /// The whole body.
    Root,
    /// A member of an object.
    Member(&'p Place<'p>, &'p str),
    /// An item of an array.
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    /// The JSON pointer (RFC 6901); the root's is empty.
    pub(crate) fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.write(&mut pointer);
        pointer
    }

    fn write(&self, pointer: &mut String) {
        match self {
            Place::Root => {}
            Place::Member(parent, name) => {
                parent.write(pointer);
                pointer.push('/');
                for c in name.chars() {
                    match c {
                        '~' => pointer.push_str("~0"),
                        '/' => pointer.push_str("~1"),
                        _ => pointer.push(c),
                    }
                }
            }
            Place::Item(parent, index) => {
                parent.write(pointer);
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }
}

/// The members of one object, and where findings about them go.
pub(crate) struct Fields<'r, 'j> {
    findings: &'r mut Findings,
    place: Place<'r>,
    members: &'j [Member<'j>],
}

impl<'r, 'j> Fields<'r, 'j> {
    /// The whole body as an object.
    pub(crate) fn root(tree: &'j Json<'j>, findings: &'r mut Findings) -> Option<Self> {
        Self::of(tree, Place::Root, findings)
    }

    fn of(json: &'j Json<'j>, place: Place<'r>, findings: &'r mut Findings) -> Option<Self> {
        match json {
            Json::Object(members) => Some(Self {
                findings,
                place,
                members,
            }),
            _ => {
                findings.defect(&place, DefectCode::WrongType);
                None
            }
        }
    }

    /// Notes every member that is not in `names`, and every one that stands twice. It stops where
    /// nothing more is told, so that a crowd of members costs no more than its reading.
    pub(crate) fn only(&mut self, names: &[&str]) {
        for (index, (name, _)) in self.members.iter().enumerate() {
            let code = if !names.contains(&&**name) {
                DefectCode::UnknownField
            } else if self.members[..index]
                .iter()
                .any(|(earlier, _)| earlier == name)
            {
                DefectCode::DuplicateField
            } else {
                continue;
            };
            self.note(name, code);
            if self.findings.is_full() {
                break;
            }
        }
    }

    /// A member that may be absent or null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'j Json<'j>) -> Result<T, DefectCode>,
    ) -> Option<Option<T>> {
        let Some(json) = self.value(name) else {
            return Some(None);
        };
        match read(json) {
            Ok(value) => Some(Some(value)),
            Err(code) => {
                self.note(name, code);
                None
            }
        }
    }

    /// A member that must be there. `None` when a defect was noted.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'j Json<'j>) -> Result<T, DefectCode>,
    ) -> Option<T> {
        match self.optional(name, read)? {
            Some(value) => Some(value),
            None => {
                self.note(name, DefectCode::Required);
                None
            }
        }
    }

    /// A member that must be there and be an object.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Fields<'_, 'j>) -> Option<T>,
    ) -> Option<T> {
        match self.optional_object(name, read)? {
            Some(value) => Some(value),
            None => {
                self.note(name, DefectCode::Required);
                None
            }
        }
    }

    /// A member that may be absent or null, and otherwise is an object.
    pub(crate) fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Fields<'_, 'j>) -> Option<T>,
    ) -> Option<Option<T>> {
        let Some(json) = self.value(name) else {
            return Some(None);
        };
        let place = Place::Member(&self.place, name);
        Fields::of(json, place, &mut *self.findings)
            .and_then(read)
            .map(Some)
    }

    /// A list of at most `most` items; absent or null is empty.
    pub(crate) fn list<T: PartialEq>(
        &mut self,
        name: &'static str,
        most: usize,
        read: impl Fn(&'j Json<'j>) -> Result<T, DefectCode>,
    ) -> Option<Vec<T>> {
        let items = match self.value(name) {
            None => return Some(Vec::new()),
            Some(Json::Array(items)) if items.len() <= most => items,
            Some(Json::Array(_)) => {
                self.note(name, DefectCode::Length);
                return None;
            }
            Some(_) => {
                self.note(name, DefectCode::WrongType);
                return None;
            }
        };
        let list = Place::Member(&self.place, name);
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let code = match read(item) {
                Ok(value) if !values.contains(&value) => {
                    values.push(value);
                    continue;
                }
                Ok(_) => DefectCode::RepeatedValue,
                Err(code) => code,
            };
            self.findings.defect(&Place::Item(&list, index), code);
        }
        (values.len() == items.len()).then_some(values)
    }

    /// A list of one to `most` objects, each read by `read`.
    pub(crate) fn objects<T>(
        &mut self,
        name: &'static str,
        most: usize,
        read: impl Fn(Fields<'_, '_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match self.value(name) {
            Some(Json::Array(items)) if (1..=most).contains(&items.len()) => items,
            Some(Json::Array(_)) => {
                self.note(name, DefectCode::Length);
                return None;
            }
            Some(_) => {
                self.note(name, DefectCode::WrongType);
                return None;
            }
            None => {
                self.note(name, DefectCode::Required);
                return None;
            }
        };
        let list = Place::Member(&self.place, name);
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = Place::Item(&list, index);
            let Json::Object(members) = item else {
                self.findings.defect(&place, DefectCode::WrongType);
                continue;
            };
            let fields = Fields {
                members,
                place,
                findings: self.findings,
            };
            values.extend(read(fields));
        }
        (values.len() == items.len()).then_some(values)
    }

    /// Notes a defect of a member.
    pub(crate) fn note(&mut self, name: &str, code: DefectCode) {
        let place = Place::Member(&self.place, name);
        self.findings.defect(&place, code);
    }

    /// Notes a warning about a member.
    pub(crate) fn warn(&mut self, name: &str, code: &str) {
        self.findings.warnings.push(Warning {
            field: Place::Member(&self.place, name).pointer(),
            code: code.to_owned(),
        });
    }

    /// The first member of that name, unless it is null.
    fn value(&self, name: &str) -> Option<&'j Json<'j>> {
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, json)| json)
            .filter(|json| **json != Json::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_escaped() {
        let check = |place: Place<'_>, expect: &str| assert_eq!(place.pointer(), expect);
        check(Place::Root, "");
        check(Place::Member(&Place::Root, "a"), "/a");
        check(Place::Member(&Place::Root, ""), "/");
        check(Place::Member(&Place::Root, "a/b~c"), "/a~1b~0c");
        check(
            Place::Item(&Place::Member(&Place::Root, "imei"), 3),
            "/imei/3",
        );
    }
}
