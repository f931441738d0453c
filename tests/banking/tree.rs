//! XML as a tree, for looking at what was written.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// An element.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// Reads a whole document; stops the test when it is not well-formed.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut reader = Reader::from_str(std::str::from_utf8(bytes).unwrap());
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => open.push(Self::begun(&start)),
                Event::End(_) => {
                    let closed = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(closed);
                }
                Event::Text(text) => open.last_mut().unwrap().text += &text.xml10_content(),
                Event::GeneralRef(name) => {
                    let text = unescape(&format!("&{};", &*name)).unwrap().into_owned();
                    open.last_mut().unwrap().text += &text;
                }
                Event::Decl(_) => {}
                Event::Eof => break,
                other => panic!("nobody writes {other:?}"),
            }
        }
        let [above] = <[Self; 1]>::try_from(open).unwrap();
        let [root] = <[Self; 1]>::try_from(above.children).unwrap();
        root
    }

    fn begun(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            (
                attribute.key.as_ref().to_owned(),
                attribute.value.to_string(),
            )
        });
        Self {
            name: start.name().as_ref().to_owned(),
            attributes: attributes.collect(),
            ..Self::default()
        }
    }

    /// The children of this name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Self> + use<'a, 'n> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only element on a path like `GrpHdr/MsgId`.
    pub fn at(&self, path: &str) -> &Self {
        path.split('/').fold(self, |element, name| {
            let found: Vec<_> = element.all(name).collect();
            assert_eq!(found.len(), 1, "{name} of {path} in {}", element.name);
            found[0]
        })
    }

    /// The text of the only element on a path.
    pub fn text_at(&self, path: &str) -> &str {
        &self.at(path).text
    }
}
