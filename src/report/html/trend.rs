//! How the totals developed, as lines.

use maud::{Markup, html};

use super::safe;
use crate::finding::TrendPoint;

/// How wide and how high a chart is, in units of its own.
const SIZE: (usize, usize) = (1000, 100);

/// The subject of a chart, and its value at a point.
type Series = (&'static str, fn(&TrendPoint) -> usize);

/// A chart each for the findings and the requirements; nothing where there is no line to draw.
pub(super) fn charts(trend: &[TrendPoint]) -> Markup {
    let series: [Series; 2] = [("findings", |point| point.findings), ("requirements", |point| point.requirements)];
    html! {
        @if let [first, .., last] = trend {
            h2 { "Trend" }
            @for (name, value) in series {
                figure {
                    (chart(trend, value))
                    figcaption {
                        (name) ": " (value(first)) " at " (day(first)) ", " (value(last)) " at " (day(last))
                        ", at most " (trend.iter().map(value).max().unwrap_or_default()) "; from commit to commit"
                    }
                }
            }
        }
    }
}

fn day(point: &TrendPoint) -> String {
    safe(point.date.get(..10).unwrap_or(&point.date))
}

fn chart(trend: &[TrendPoint], value: fn(&TrendPoint) -> usize) -> Markup {
    let (width, height) = SIZE;
    let most = trend.iter().map(value).max().unwrap_or_default().max(1);
    let mut line = String::new();
    for (at, point) in trend.iter().enumerate() {
        let x = at * width / (trend.len() - 1).max(1);
        // As if without limits: a report that is read may state any number.
        let share = value(point) as u128 * height as u128 / most as u128;
        let y = height - usize::try_from(share).unwrap_or(height).min(height);
        line += &if at == 0 { format!("M{x} {y}") } else { format!("H{x}V{y}") };
    }
    html! {
        svg viewBox=(format!("0 -2 {width} {}", height + 4)) preserveAspectRatio="none" role="img" aria-hidden="true" {
            path d=(line) {}
        }
    }
}
