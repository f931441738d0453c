//! One Chromium for a test, on a screen of its choice.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::webdriver::WebDriver;

/// Against a browser that never answers; no test measures time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pixels of CSS of a long page that a picture shows.
const MOST_PICTURED: f64 = 1_600.0;
/// Between two looks at a page.
const BREATH: Duration = Duration::from_millis(50);

/// How pages are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Its word in names of files.
    pub name: &'static str,
    /// Pixels of CSS.
    pub width: u32,
    /// Pixels of CSS.
    pub height: u32,
    /// Whether it is held in a hand.
    pub phone: bool,
    /// Whether the person prefers dark colours.
    pub dark: bool,
}

const fn screen(name: &'static str, phone: bool, dark: bool) -> Screen {
    let (width, height) = if phone { (390, 844) } else { (1280, 900) };
    Screen {
        name,
        width,
        height,
        phone,
        dark,
    }
}

/// Phone and desk, light and dark.
pub const SCREENS: [Screen; 4] = [
    screen("desk-light", false, false),
    screen("desk-dark", false, true),
    screen("phone-light", true, false),
    screen("phone-dark", true, true),
];

/// The driver's process; it ends with the test, and its browsers with it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        for signal in ["-TERM", "-KILL"] {
            let _ = Command::new("kill")
                .args([signal, "--", &group])
                .stderr(Stdio::null())
                .status();
            if signal == "-TERM" {
                let _ = self.0.wait();
            }
        }
    }
}

/// A browser.
pub struct Browser {
    pub driver: WebDriver,
    base: String,
    _process: Driver,
}

fn start_driver() -> (Driver, String) {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command.process_group(0);
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!("chromedriver: {error}; `bash tests/run.sh` installs Debian's chromium-driver")
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        let port = line
            .split("successfully on port ")
            .nth(1)?
            .trim_end_matches('.');
        port.parse::<u16>().ok()
    });
    let port = port.expect("the port of chromedriver");
    // Nobody reads on, and a driver that cannot write must not wait.
    std::thread::spawn(move || lines.for_each(drop));
    (Driver(child), format!("http://127.0.0.1:{port}"))
}

impl Browser {
    /// Starts one that looks at the service at `base`.
    pub fn start(base: &str, screen: Screen) -> Self {
        let (process, url) = start_driver();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--accept-lang=zh-CN",
        ];
        let driver = WebDriver::new(&url, &arguments);
        let browser = Self {
            driver,
            base: base.trim_end_matches('/').to_owned(),
            _process: process,
        };
        browser.look_as(screen);
        browser
    }

    /// Changes the screen.
    pub fn look_as(&self, screen: Screen) {
        let size = json!({"width": screen.width, "height": screen.height,
            "deviceScaleFactor": 1, "mobile": screen.phone});
        self.command("Emulation.setDeviceMetricsOverride", size);
        let scheme = if screen.dark { "dark" } else { "light" };
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]});
        self.command("Emulation.setEmulatedMedia", media);
    }

    /// Runs no script of pages from now on.
    pub fn without_script(&self) {
        self.command(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": true}),
        );
    }

    /// A command of the developer tools.
    pub fn command(&self, method: &str, parameters: Value) -> Value {
        self.driver.command(method, parameters)
    }

    /// Opens a page of the service.
    pub fn open(&self, path: &str) {
        self.driver.goto(&format!("{}{path}", self.base));
    }

    /// Path and query of the page.
    pub fn path(&self) -> String {
        let url = self.driver.url();
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("/", |at| &rest[at..]).to_owned()
    }

    /// The element of a selector, once it is there.
    pub fn find(&self, selector: &str) -> String {
        let began = Instant::now();
        loop {
            match self.driver.find(selector) {
                Ok(found) => return found,
                Err(error) if began.elapsed() > PATIENCE => {
                    panic!("{selector} on {}: {error:?}\n{}", self.path(), self.text())
                }
                Err(_) => std::thread::sleep(BREATH),
            }
        }
    }

    /// How many elements a selector finds now.
    pub fn count(&self, selector: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length;";
        self.driver
            .execute(script, &[json!(selector)])
            .as_u64()
            .unwrap()
    }

    /// What the page says.
    pub fn text(&self) -> String {
        // The page may be about to change.
        let said = || self.driver.text(&self.driver.find("body")?);
        (0..20).find_map(|_| said().ok()).unwrap_or_default()
    }

    /// Waits until the page says something.
    pub fn says(&self, words: &str) {
        let began = Instant::now();
        while !self.text().contains(words) {
            if began.elapsed() > PATIENCE {
                panic!("{} does not say {words:?}:\n{}", self.path(), self.text());
            }
            std::thread::sleep(BREATH);
        }
    }

    /// Loads the page anew until it says something, as one does whose browser runs no script.
    pub fn comes_to_say(&self, words: &str) {
        let (began, path) = (Instant::now(), self.path());
        while !self.text().contains(words) {
            if began.elapsed() > PATIENCE {
                panic!("{path} does not say {words:?}:\n{}", self.text());
            }
            std::thread::sleep(BREATH);
            self.open(&path);
        }
    }

    /// Waits until the browser is at an address with this in it.
    pub fn arrives(&self, part: &str) -> String {
        let began = Instant::now();
        while !self.path().contains(part) {
            if began.elapsed() > PATIENCE {
                panic!("{} is not {part}:\n{}", self.path(), self.text());
            }
            std::thread::sleep(BREATH);
        }
        self.path()
    }

    /// Types into a field in place of what stands there.
    pub fn fill(&self, selector: &str, text: &str) {
        self.driver.fill(&self.find(selector), text).unwrap();
    }

    /// Chooses an option of a list by its value.
    pub fn choose(&self, selector: &str, value: &str) {
        let script = "const list = document.querySelector(arguments[0]);
            list.value = arguments[1];
            list.dispatchEvent(new Event('change', { bubbles: true }));
            return list.value === arguments[1];";
        self.find(selector);
        let chosen = self
            .driver
            .execute(script, &[json!(selector), json!(value)]);
        assert_eq!(chosen, json!(true), "{selector} has no {value}");
    }

    /// Clicks. Where another page follows, whoever goes on must wait for something that only it
    /// says, or the browser may still leave what is opened next.
    pub fn click(&self, selector: &str) {
        self.driver.click(&self.find(selector)).unwrap();
    }

    /// Clicks what leads to another page, and waits until this one is gone.
    pub fn follow(&self, selector: &str) {
        let page = self.find("html");
        self.click(selector);
        let began = Instant::now();
        // An element is of its document: no other one knows it.
        while self.driver.text(&page).is_ok() {
            if began.elapsed() > PATIENCE {
                panic!("{selector} leads nowhere from {}", self.path());
            }
            std::thread::sleep(BREATH);
        }
    }

    /// A picture of the page, of a long one its beginning.
    pub fn picture(&self) -> Vec<u8> {
        use base64::Engine as _;
        let metrics = self.command("Page.getLayoutMetrics", json!({}));
        let size = &metrics["cssContentSize"];
        let height = size["height"].as_f64().unwrap().min(MOST_PICTURED);
        let asked = json!({"format": "webp", "quality": 35, "captureBeyondViewport": true,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}});
        let answer = self.command("Page.captureScreenshot", asked);
        let data = answer["data"].as_str().unwrap();
        base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.driver.quit();
    }
}
