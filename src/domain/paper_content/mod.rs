//! What an uploaded paper is, by its own bytes: never by a name or a header that came with it.
//!
//! Nothing is decoded or unpacked, so no file grows in memory: the structure is walked, and what
//! the file states about its size is held against limits. A file is what its first byte begins.
//! Bytes behind the end of a picture are let pass, because telephones put them there (the film of
//! a moving photograph, a maker's notes).
//!
//! This says what may be kept and shown, not that it is harmless: who shows it names the type
//! found here and forbids guessing another.

mod jpeg;
mod ofd;
mod pdf;
mod png;
#[cfg(test)]
mod tests;

/// The kinds of files that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Media {
    /// Portable Document Format (ISO 32000), from version 1.0 on.
    Pdf,
    /// A photograph (ITU-T T.81).
    Jpeg,
    /// A screen picture (W3C PNG).
    Png,
    /// Open Fixed-layout Document (GB/T 33190-2016), the form of electronic invoices.
    Ofd,
}

impl Media {
    /// Every kind.
    pub const ALL: &'static [Media] = &[Media::Pdf, Media::Jpeg, Media::Png, Media::Ofd];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Media::Pdf => "pdf",
            Media::Jpeg => "jpeg",
            Media::Png => "png",
            Media::Ofd => "ofd",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|m| m.as_str() == word)
    }

    /// The media type to show it under.
    pub const fn media_type(self) -> &'static str {
        match self {
            Media::Pdf => "application/pdf",
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
            Media::Ofd => "application/ofd",
        }
    }

    /// Whether a `Content-Type` that came with the file names this kind. Parameters do not matter,
    /// and `application/octet-stream` fits every kind: it is what browsers say about files that
    /// they do not know, OFD among them (RFC 2046, 4.5.1).
    pub fn matches(self, declared: &str) -> bool {
        let name = declared.split(';').next().unwrap_or(declared).trim();
        [self.media_type(), "application/octet-stream"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    }
}

/// How large a paper may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels of a picture, width times height.
    pub pixels: u64,
    /// Pixels of a picture along one side.
    pub side: u32,
}

impl Default for Limits {
    /// 10 MiB; 50 million pixels, what good telephones take; 20 000 pixels along a side, a long
    /// screen picture.
    fn default() -> Self {
        Self {
            bytes: 10 << 20,
            pixels: 50_000_000,
            side: 20_000,
        }
    }
}

impl Limits {
    fn check_picture(&self, width: u32, height: u32) -> Result<(), ContentError> {
        if width == 0 || height == 0 {
            return Err(ContentError::Damaged);
        }
        let pixels = u64::from(width) * u64::from(height);
        if width > self.side || height > self.side || pixels > self.pixels {
            return Err(ContentError::ImageTooLarge);
        }
        Ok(())
    }
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// The kind.
    pub media: Media,
    /// Width and height of a picture.
    pub pixels: Option<(u32, u32)>,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than allowed, or more when it is unpacked.
    #[error("the file is too large")]
    TooLarge,
    /// None of the kinds that are taken.
    #[error("the file is neither PDF, OFD, JPEG nor PNG")]
    TypeUnknown,
    /// Another kind than was declared with it. For the caller, see [`Media::matches`].
    #[error("the file is of another kind than was declared")]
    TypeMismatch,
    /// It begins as one of the kinds but is cut short or makes no sense.
    #[error("the file is damaged or incomplete")]
    Damaged,
    /// More pixels than allowed.
    #[error("the picture has too many pixels")]
    ImageTooLarge,
    /// Nobody can be sure to read it, today or at an audit years later.
    #[error("the file is encrypted")]
    Encrypted,
}

impl ContentError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            ContentError::Empty => "paper_empty",
            ContentError::TooLarge => "paper_too_large",
            ContentError::TypeUnknown => "paper_type_unknown",
            ContentError::TypeMismatch => "paper_type_mismatch",
            ContentError::Damaged => "paper_damaged",
            ContentError::ImageTooLarge => "paper_image_too_large",
            ContentError::Encrypted => "paper_encrypted",
        }
    }
}

/// Says what a file is, if it may be taken at all.
///
/// # Errors
/// [`ContentError`]: every variant but [`ContentError::TypeMismatch`].
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Inspected, ContentError> {
    if bytes.is_empty() {
        return Err(ContentError::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(ContentError::TooLarge);
    }
    let (media, pixels) = if bytes.starts_with(pdf::SIGNATURE) {
        pdf::check(bytes)?;
        (Media::Pdf, None)
    } else if bytes.starts_with(jpeg::SIGNATURE) {
        (Media::Jpeg, Some(jpeg::size(bytes)?))
    } else if bytes.starts_with(png::SIGNATURE) {
        (Media::Png, Some(png::size(bytes)?))
    } else if bytes.starts_with(ofd::SIGNATURE) {
        ofd::check(bytes)?;
        (Media::Ofd, None)
    } else {
        return Err(ContentError::TypeUnknown);
    };
    if let Some((width, height)) = pixels {
        limits.check_picture(width, height)?;
    }
    Ok(Inspected { media, pixels })
}

/// The `N` bytes at `at`, if the file has them all.
fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
