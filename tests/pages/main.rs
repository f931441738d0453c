//! Pages in a real browser: headless Chromium, driven as a person would.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod browser;
mod demo;
mod every_page;
mod hostile;
mod journey;
mod sign_in;
#[path = "../support/mod.rs"]
mod support;
mod webdriver;
mod without_script;
