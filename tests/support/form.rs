//! A form as a browser has it: what stands in it, what is typed, and how it is sent.

/// The line between parts of a form with files.
const LINE: &str = "----a-line-of-the-tests";

/// A file that somebody chose; without a name where nobody did.
#[derive(Debug, Clone)]
struct File {
    control: String,
    name: String,
    media: String,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct Form {
    action: String,
    names: Vec<String>,
    /// What would be sent.
    members: Vec<(String, String)>,
    files: Vec<File>,
    multipart: bool,
    enabled: bool,
}

impl Form {
    /// Every form of a page; one that says nothing else goes to the page itself.
    pub fn all(html: &str, page: &str) -> Vec<Self> {
        let forms = html.split("<form ").skip(1);
        forms
            .map(|form| Self::read(form.split("</form>").next().unwrap(), page))
            .collect()
    }

    fn read(html: &str, page: &str) -> Self {
        let (head, rest) = html.split_once('>').unwrap();
        let button = rest.split("<button").nth(1).unwrap_or_default();
        let mut form = Self {
            action: attribute(head, "action").unwrap_or_else(|| page.to_owned()),
            names: Vec::new(),
            members: Vec::new(),
            files: Vec::new(),
            multipart: attribute(head, "enctype").as_deref() == Some("multipart/form-data"),
            enabled: !flag(button.split('>').next().unwrap(), "disabled"),
        };
        // Of the list that is being read: whether an option was taken.
        let mut list = None;
        for part in rest.split('<').skip(1) {
            let (tag, text) = part.split_once('>').unwrap_or((part, ""));
            let value = attribute(tag, "value");
            match tag.split_whitespace().next().unwrap_or_default() {
                "option" if list == Some(false) || (list.is_some() && flag(tag, "selected")) => {
                    list = Some(true);
                    form.members.last_mut().unwrap().1 = value.unwrap();
                }
                "/select" => list = None,
                element => {
                    let Some(name) = attribute(tag, "name") else {
                        continue;
                    };
                    form.names.push(name.clone());
                    list = (element == "select").then_some(false);
                    let value = if element == "textarea" {
                        unescaped(text)
                    } else {
                        value.unwrap_or_default()
                    };
                    form.stands(element, tag, name, value);
                }
            }
        }
        form
    }

    /// Takes up a control with what stands in it.
    fn stands(&mut self, element: &str, tag: &str, name: String, value: String) {
        let kind = attribute(tag, "type").unwrap_or_default();
        match (element, kind.as_str()) {
            ("input", "file") => self.files.push(File {
                control: name,
                name: String::new(),
                media: "application/octet-stream".to_owned(),
                bytes: Vec::new(),
            }),
            ("input", "radio" | "checkbox") if !flag(tag, "checked") => {}
            ("input" | "select" | "textarea", _) if !flag(tag, "disabled") => {
                self.members.push((name, value));
            }
            _ => {}
        }
    }

    pub fn action(&self) -> &str {
        &self.action
    }

    /// Whether it has a control of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether its button can be pressed.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// What stands in a control.
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        let found = self.members.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no field {name}")).1
    }

    /// One of its controls filled in, chosen, ticked or pressed.
    #[must_use]
    #[track_caller]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        assert!(self.has(name), "{}: no field {name}", self.action);
        self.members.retain(|(known, _)| known != name);
        self.members.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with several.
    #[must_use]
    #[track_caller]
    pub fn filled(self, typed: &[(&str, &str)]) -> Self {
        typed
            .iter()
            .fold(self, |form, (name, value)| form.with(name, value))
    }

    /// Sent by the button that leads elsewhere.
    #[must_use]
    pub fn to(mut self, action: &str) -> Self {
        action.clone_into(&mut self.action);
        self
    }

    /// A file chosen in one of its controls: the control, the name, the media type, the bytes.
    #[must_use]
    #[track_caller]
    pub fn file(mut self, chosen: (&str, &str, &str, &[u8])) -> Self {
        let (control, name, media, bytes) = chosen;
        assert!(self.multipart, "{} takes no files", self.action);
        let mut files = self.files.iter_mut();
        let file = files.find(|file| file.control == control);
        let file = file.unwrap_or_else(|| panic!("no file {control}"));
        (file.name, file.media) = (name.to_owned(), media.to_owned());
        file.bytes = bytes.to_vec();
        self
    }

    /// Its media type and what is sent.
    pub fn body(&self) -> (String, Vec<u8>) {
        if !self.multipart {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            let form = form.extend_pairs(&self.members).finish();
            return (
                "application/x-www-form-urlencoded".to_owned(),
                form.into_bytes(),
            );
        }
        let mut body = Vec::new();
        let mut part = |head: &str, content: &[u8]| {
            let head = format!("--{LINE}\r\ncontent-disposition: form-data; {head}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in &self.members {
            part(&format!("name=\"{name}\""), value.as_bytes());
        }
        for file in &self.files {
            let File {
                control,
                name,
                media,
                ..
            } = file;
            let head = format!("name=\"{control}\"; filename=\"{name}\"\r\ncontent-type: {media}");
            part(&head, &file.bytes);
        }
        body.extend_from_slice(format!("--{LINE}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={LINE}"), body)
    }
}

/// The value of an attribute of a tag.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let first = tag.strip_prefix(&format!("{name}=\""));
    let rest = first.or_else(|| Some(tag.split_once(&format!(" {name}=\""))?.1))?;
    Some(unescaped(rest.split('"').next()?))
}

fn flag(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|word| word == name)
}

/// Text as it stood before it was put into a page.
pub fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}
