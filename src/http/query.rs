//! Query parameters: every defect is found, and an unknown parameter is refused by name.

use actix_web::HttpRequest;
use actix_web::web::Query;

use super::problem::{Problem, ProblemCode};
use crate::domain::defect::{Defect, DefectCode};

/// The most items in one answer.
const MOST_ITEMS: u32 = 100;

/// The parameters of a request, taken one by one.
pub struct Parameters {
    pairs: Vec<(String, String)>,
    defects: Vec<Defect>,
}

impl Parameters {
    /// Those of a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self::read(request.query_string())
    }

    fn read(text: &str) -> Self {
        let pairs = Query::<Vec<(String, String)>>::from_query(text);
        Self {
            pairs: pairs.map(Query::into_inner).unwrap_or_default(),
            defects: Vec::new(),
        }
    }

    /// Takes the parameter `name` and reads it; absent and unreadable ones are `None`.
    pub fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, DefectCode>,
    ) -> Option<T> {
        let mut found = self.pairs.extract_if(.., |(key, _)| key == name);
        let (first, second) = (found.next(), found.next());
        drop(found);
        if second.is_some() {
            self.defects
                .push(Defect::new(name, DefectCode::DuplicateField));
            return None;
        }
        match read(&first?.1) {
            Ok(value) => Some(value),
            Err(code) => {
                self.defects.push(Defect::new(name, code));
                None
            }
        }
    }

    /// Takes a parameter that must be there.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, DefectCode>,
    ) -> Option<T> {
        let there = self.pairs.iter().any(|(key, _)| key == name);
        if !there {
            self.defects.push(Defect::new(name, DefectCode::Required));
        }
        self.take(name, read)
    }

    /// Takes `limit`: 1 to 100 items in an answer.
    pub fn limit(&mut self, default: u32) -> u32 {
        let read = |text: &str| match text.parse::<u32>() {
            Ok(limit) if (1..=MOST_ITEMS).contains(&limit) => Ok(limit),
            Ok(_) => Err(DefectCode::OutOfRange),
            Err(_) => Err(DefectCode::WrongType),
        };
        self.take("limit", read).unwrap_or(default)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`ProblemCode::QueryMalformed`] with all defects.
    pub fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in self.pairs {
            if self.defects.iter().all(|d| d.field != name) {
                self.defects
                    .push(Defect::new(name, DefectCode::UnknownField));
            }
        }
        if self.defects.is_empty() {
            Ok(())
        } else {
            Err(Problem::with_errors(
                ProblemCode::QueryMalformed,
                self.defects,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> (u32, Vec<(String, DefectCode)>) {
        let mut parameters = Parameters::read(text);
        let limit = parameters.limit(50);
        for (name, _) in &parameters.pairs {
            parameters
                .defects
                .push(Defect::new(name.clone(), DefectCode::UnknownField));
        }
        (
            limit,
            parameters
                .defects
                .into_iter()
                .map(|d| (d.field, d.code))
                .collect(),
        )
    }

    #[test]
    fn a_limit_is_one_to_a_hundred() {
        assert_eq!(limit(""), (50, vec![]));
        assert_eq!(limit("limit=1"), (1, vec![]));
        assert_eq!(limit("limit=100"), (100, vec![]));
        for (text, code) in [
            ("limit=0", DefectCode::OutOfRange),
            ("limit=101", DefectCode::OutOfRange),
            ("limit=", DefectCode::WrongType),
            ("limit=ten", DefectCode::WrongType),
            ("limit=-1", DefectCode::WrongType),
            ("limit=5&limit=5", DefectCode::DuplicateField),
        ] {
            assert_eq!(limit(text), (50, vec![("limit".into(), code)]), "{text}");
        }
    }

    #[test]
    fn unknown_parameters_are_named() {
        let parameters = Parameters::read("stat=reserved");
        assert!(parameters.finish().is_err());
    }
}
