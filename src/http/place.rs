//! Where a request goes, told before the router runs, for counting and for the log.

use actix_web::http::Method;

use super::routes::TABLE;

/// How many [`Place`]s there are.
pub const PLACES: usize = (TABLE.len() + 1) * METHODS.len();

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "OTHER"];

/// Where a request goes, for counting: an address of the table or none, and a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    path: usize,
    method: usize,
}

impl Place {
    /// The place of a request, told by its path alone and without the router, which runs later.
    pub fn of(method: &Method, path: &str) -> Self {
        let found = TABLE.iter().position(|(pattern, _)| matches(pattern, path));
        let method = match *method {
            Method::GET | Method::HEAD => 0,
            Method::POST => 1,
            Method::PUT => 2,
            Method::DELETE => 3,
            _ => 4,
        };
        Self {
            path: found.unwrap_or(TABLE.len()),
            method,
        }
    }

    /// A number below [`PLACES`].
    pub const fn index(self) -> usize {
        self.path * METHODS.len() + self.method
    }

    /// The pattern of the address; requests for nothing share one.
    pub fn pattern(self) -> &'static str {
        TABLE
            .get(self.path)
            .map_or("unmatched", |(pattern, _)| pattern)
    }

    /// The method, where it is one that any route takes.
    pub fn method(self) -> &'static str {
        METHODS[self.method]
    }
}

/// The nearest page at or above an address: where somebody goes back to who has sent a form to an
/// address that shows nothing by itself.
pub fn nearest_page(path: &str) -> &str {
    let mut path = path;
    loop {
        let mut found = TABLE.iter().filter(|(pattern, _)| matches(pattern, path));
        if found.any(|(_, methods)| methods.contains(&"GET")) {
            return path;
        }
        match path.rfind('/') {
            None | Some(0) => return "/",
            Some(at) => path = &path[..at],
        }
    }
}

/// Whether a path is one of a pattern.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let mut path = path.split('/');
    let mut pattern = pattern.split('/');
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == found => {}
            (Some(wanted), Some(found)) if wanted.starts_with('{') && !found.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_pattern() {
        let find = |path| Place::of(&Method::GET, path).pattern();
        assert_eq!(find("/v1/claims"), "/v1/claims");
        assert_eq!(find("/v1/claims/check"), "/v1/claims/check");
        assert_eq!(find("/v1/claims/0199"), "/v1/claims/{id}");
        assert_eq!(find("/v1/claims/0199/withdraw"), "/v1/claims/{id}/withdraw");
        assert_eq!(find("/docs/"), "/docs/");
        assert_eq!(find("/"), "/");
        for nothing in [
            "",
            "/v1/claims/",
            "/v1/claims/0199/",
            "/v1/claims/0199/pay",
            "v1",
        ] {
            assert_eq!(find(nothing), "unmatched", "{nothing}");
        }
    }

    #[test]
    fn places_are_counted_apart() {
        let mut seen = vec![false; PLACES];
        for (pattern, _) in TABLE.iter().chain([&("/nothing", &[][..])]) {
            let methods = [
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::DELETE,
                Method::PATCH,
            ];
            for method in methods {
                let place = Place::of(&method, pattern);
                assert!(
                    !std::mem::replace(&mut seen[place.index()], true),
                    "{pattern}"
                );
            }
        }
        assert!(seen.into_iter().all(|s| s));
    }

    #[test]
    fn who_has_sent_a_form_goes_back_to_a_page() {
        let id = "0199a7b0-1111-7222-8333-444455556666";
        let review = format!("/bureau/review/{id}");
        assert_eq!(nearest_page(&format!("{review}/recommend")), review);
        assert_eq!(nearest_page("/bureau/role"), "/bureau");
        for page in [review.as_str(), "/", "/pools", "/dealer/claims/new"] {
            assert_eq!(nearest_page(page), page);
        }
        assert_eq!(nearest_page("/nowhere/at/all"), "/");
    }
}
