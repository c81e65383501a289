//! The page about organisations.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::{PageCounters, PageState};
use node::{OrganisationRow, Relation, SitesSum};

use super::tree::in_tree_order;
use crate::app::App;
use crate::board::Board;
use crate::error::WebError;
use crate::page::{Area, Frame, render};
use crate::pieces::{Badge, Moment, brief, moment};
use crate::request::Visitor;
use crate::server::Route;

/// Indentation ends here; deeper organisations are still in order.
const DEPTH_MAX: usize = 6;

pub(crate) fn routes() -> Vec<Route> {
    vec![("/organisations", get(list))]
}

#[derive(Template)]
#[template(path = "organisations/list.html")]
struct OrganisationsPage {
    frame: Frame,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    name: String,
    depth: usize,
    relation: String,
    relation_meaning: String,
    enrolled: Option<String>,
    is_invited: bool,
    seen: Option<Moment>,
    seen_is_known: bool,
    /// Its web sites under watch: how many pages, and those about which somebody has to do something.
    sites: Option<SitesCell>,
}

struct SitesCell {
    watched: String,
    urgent: Vec<Badge>,
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let rows = app.ask(Board::list_organisations).await?;
    let sites = app.ask(Board::sites).await?;
    let frame = Frame::new(&app, &visitor, Area::Organisations);
    render(&OrganisationsPage {
        lines: in_tree_order(&rows)
            .into_iter()
            .map(|(depth, row)| {
                let sum = sites.sums.iter().find(|sum| sum.organisation == row.id);
                Line::new(depth, row, sum, &frame)
            })
            .collect(),
        frame,
    })
}

impl Line {
    fn new(depth: usize, row: &OrganisationRow, sites: Option<&SitesSum>, frame: &Frame) -> Self {
        let key = match row.relation {
            Relation::Below => "web-relation-below",
            Relation::Child => "web-relation-child",
            Relation::Hosted => "web-relation-hosted",
            Relation::Own => "web-relation-own",
        };
        Self {
            id: row.id.to_string(),
            name: brief(&row.name),
            depth: depth.min(DEPTH_MAX),
            relation: frame.t(key),
            relation_meaning: frame.t(&format!("{key}-meaning")),
            enrolled: row.enrolled_at.map(|at| texts::when(at, frame.language)),
            is_invited: row.enrolled_at.is_none() && row.relation == Relation::Child,
            seen: row.last_seen_at.map(|at| moment(at, frame)),
            seen_is_known: row.relation == Relation::Child,
            sites: sites.map(|sum| SitesCell::new(&sum.pages, frame)),
        }
    }
}

impl SitesCell {
    fn new(pages: &PageCounters, frame: &Frame) -> Self {
        let urgent = PageState::ALL
            .into_iter()
            .filter(|state| *state != PageState::Fine && pages.of(*state) > 0);
        Self {
            watched: texts::count(pages.watched(), frame.language),
            urgent: urgent
                .map(|state| Badge {
                    kind: crate::websites::state_class(state),
                    text: format!(
                        "{} {}",
                        texts::count(pages.of(state), frame.language),
                        frame.t(crate::websites::state_key(state))
                    ),
                })
                .collect(),
        }
    }
}
