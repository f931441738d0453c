//! A pool's money is one bar, whoever looks at it.

use crate::bureau_world::{Bureau, POOL, on_both};
use crate::page::Page;

/// The colours of the first bar of a page that is this pool's, and how wide each is.
fn bar(page: &Page) -> Vec<(String, String)> {
    let bar = page.html.split("<svg class=\"poolbar\"").find(|svg| {
        let head = svg.split('>').next().unwrap();
        head.contains(&format!("aria-label=\"{POOL}: "))
    });
    let value = |tag: &str, name: &str| {
        let rest = tag.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let parts = bar.unwrap().split("</svg>").next().unwrap();
    let parts = parts.split("<rect ").skip(1);
    parts
        .map(|tag| (value(tag, "class"), value(tag, "width")))
        .collect()
}

#[test]
fn the_bar_of_a_pool_is_the_same_for_everybody() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        bureau.file_claims(5);
        let operator = bureau.person("olive", "operator");
        let open = |path: &str| bar(&operator.open(path));
        let public = open(&format!("/pools/{POOL}"));
        let colours: Vec<&str> = public.iter().map(|(class, _)| &**class).collect();
        assert_eq!(colours, ["free", "reserved", "committed", "paid"]);
        assert_ne!(public[1].1, "0", "something is held");
        for path in ["/bureau", &format!("/bureau/pools/{POOL}"), "/pools"] {
            assert_eq!(open(path), public, "{path}");
        }
    });
}
