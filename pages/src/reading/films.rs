//! Frames that stand on a page as films and maps do: for everybody to see, in the flow of the page, in the shape of a screen.
//! Advertisements have other shapes (IAB: 300 × 250, 728 × 90, 160 × 600), and what works in secret has no size.

use super::hiding::push_new;
use super::walking::Reading;
use crate::styles::Look;
use crate::tree::Element;

/// Films of one page that are kept.
const FILMS_MAX: usize = 50;
/// Pixels of their sides: smaller ones show nobody anything, larger ones take the place of the page.
const WIDTH: std::ops::RangeInclusive<f32> = 200.0..=1_000.0;
const HEIGHT: std::ops::RangeInclusive<f32> = 110.0..=600.0;
/// Width by height: from 4:3 to 21:9.
const SHAPE: std::ops::RangeInclusive<f32> = 1.3..=2.4;
/// Pixels to which a style makes small what its attributes make large.
const SMALL_PX: f32 = 100.0;

impl Reading<'_> {
    /// Keeps the address of a frame that stands there as a film does.
    pub(super) fn note_film(&mut self, element: &Element, look: &Look) {
        let is_plain = element.tag() == "iframe" && element.attribute("srcdoc").is_none();
        let stands_free = self
            .way
            .last()
            .is_some_and(|step| step.hidden.is_none() && step.cover.is_none());
        if !is_plain
            || !stands_free
            || look.is_laid_over()
            || look.is_smaller_than(SMALL_PX)
            || !has_size_of_film(element)
        {
            return;
        }
        let address = element.attribute("src").unwrap_or_default();
        let read = self.addresses.read(address);
        if let Some((_, url)) = read.filter(|(_, url)| url.starts_with("https://")) {
            push_new(&mut self.model.films, &url, FILMS_MAX);
        }
    }
}

/// Tells whether its attributes give an element the size and shape of a film, or the width of what it stands in.
fn has_size_of_film(element: &Element) -> bool {
    let stated = |name| element.attribute(name).unwrap_or_default().trim();
    let pixels = |name| -> Option<f32> { stated(name).trim_end_matches("px").trim().parse().ok() };
    let Some(height) = pixels("height").filter(|height| HEIGHT.contains(height)) else {
        return false;
    };
    if stated("width") == "100%" {
        return true;
    }
    pixels("width").is_some_and(|width| WIDTH.contains(&width) && SHAPE.contains(&(width / height)))
}
