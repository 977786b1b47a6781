//! For whoever watches the machine.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::App;

/// 200 when the database answers. Says no more than that to anybody.
pub(crate) async fn health(State(app): State<App>) -> Response {
    match app.desk.store.ping().await {
        Ok(()) => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], "{\"status\":\"ok\"}\n").into_response()
        }
        Err(_) => {
            let body = "{\"status\":\"the database does not answer\"}\n";
            (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
    }
}

/// OpenMetrics text. Figures about the desk, none about people.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let mut text = app.desk.metrics.text();
    match (app.desk.store.counters().await, app.desk.store.outbox_length().await) {
        (Ok(counters), Ok(outbox)) => {
            let end = text.rfind("# EOF").unwrap_or(text.len());
            text.truncate(end);
            text.push_str("# HELP warmline_tickets Tickets by stage (0 ours, 1 waiting, 2 solved, 3 closed).\n# TYPE warmline_tickets gauge\n");
            for stage in 0..4 {
                let n = counters.get(&format!("stage:{stage}")).copied().unwrap_or(0);
                text.push_str(&format!("warmline_tickets{{stage=\"{stage}\"}} {n}\n"));
            }
            if let Some(phone) = app.desk.telephone.phone() {
                let turns = phone.turns();
                text.push_str("# HELP warmline_voice_turns Turns of the voice engine, four every 20 ms.\n# TYPE warmline_voice_turns counter\n");
                text.push_str(&format!("warmline_voice_turns_total {}\n", turns.all.load(Ordering::Relaxed)));
                text.push_str("# HELP warmline_voice_late Turns that came 20 ms late or more.\n# TYPE warmline_voice_late counter\n");
                text.push_str(&format!("warmline_voice_late_total {}\n", turns.late.load(Ordering::Relaxed)));
            }
            text.push_str("# HELP warmline_outbox Messages that are to leave.\n# TYPE warmline_outbox gauge\n");
            text.push_str(&format!("warmline_outbox {outbox}\n# EOF\n"));
            ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
                .into_response()
        }
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
