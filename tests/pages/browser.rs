//! One Chromium for a test, on a screen of its choice.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// Against a browser that never answers; no test measures time.
const PATIENCE: Duration = Duration::from_secs(60);

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
    pub async fn start(base: &str, screen: Screen) -> Self {
        let (process, url) = start_driver();
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-background-networking",
            "--accept-lang=zh-CN",
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(&url, capabilities).await.unwrap();
        let browser = Self {
            driver,
            base: base.trim_end_matches('/').to_owned(),
            _process: process,
        };
        browser.look_as(screen).await;
        browser
    }

    /// Changes the screen.
    pub async fn look_as(&self, screen: Screen) {
        let size = json!({"width": screen.width, "height": screen.height,
            "deviceScaleFactor": 1, "mobile": screen.phone});
        self.command("Emulation.setDeviceMetricsOverride", size)
            .await;
        let scheme = if screen.dark { "dark" } else { "light" };
        let media = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]});
        self.command("Emulation.setEmulatedMedia", media).await;
    }

    /// Runs no script of pages from now on.
    pub async fn without_script(&self) {
        self.command(
            "Emulation.setScriptExecutionDisabled",
            json!({"value": true}),
        )
        .await;
    }

    /// A command of the developer tools.
    pub async fn command(&self, method: &str, parameters: Value) -> Value {
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap()
    }

    /// Opens a page of the service.
    pub async fn open(&self, path: &str) {
        self.driver
            .goto(format!("{}{path}", self.base))
            .await
            .unwrap();
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        let query = url.query().map(|query| format!("?{query}"));
        format!("{}{}", url.path(), query.unwrap_or_default())
    }

    /// The element of a selector, once it is there.
    pub async fn find(&self, selector: &str) -> WebElement {
        let began = std::time::Instant::now();
        loop {
            match self.driver.find(By::Css(selector)).await {
                Ok(found) => return found,
                Err(error) if began.elapsed() > PATIENCE => {
                    panic!(
                        "{selector} on {}: {error}\n{}",
                        self.path().await,
                        self.text().await
                    )
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// How many elements a selector finds now.
    pub async fn count(&self, selector: &str) -> usize {
        self.driver.find_all(By::Css(selector)).await.unwrap().len()
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        self.driver
            .find(By::Css("body"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    /// Waits until the page says something.
    pub async fn says(&self, words: &str) {
        let began = std::time::Instant::now();
        while !self.text().await.contains(words) {
            if began.elapsed() > PATIENCE {
                panic!(
                    "{} does not say {words:?}:\n{}",
                    self.path().await,
                    self.text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Types into a field in place of what stands there.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Clicks, and is on the next page once it has loaded.
    pub async fn click(&self, selector: &str) {
        let target = self.find(selector).await;
        target.scroll_into_view().await.unwrap();
        target.click().await.unwrap();
    }

    /// A picture of the whole page.
    pub async fn picture(&self) -> Vec<u8> {
        use base64::Engine as _;
        let metrics = self.command("Page.getLayoutMetrics", json!({})).await;
        let size = &metrics["cssContentSize"];
        let asked = json!({"format": "webp", "quality": 60, "captureBeyondViewport": true,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}});
        let answer = self.command("Page.captureScreenshot", asked).await;
        let data = answer["data"].as_str().unwrap();
        base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap()
    }

    /// Ends it.
    pub async fn end(self) {
        self.driver.clone().quit().await.unwrap();
    }
}

/// Runs what a person does.
pub fn play(acts: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
        .block_on(acts);
}
