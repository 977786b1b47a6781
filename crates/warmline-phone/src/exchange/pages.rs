//! The pages at the exchange: softphones of agents, and customers who call from a browser.

use tokio::sync::mpsc;

use super::{Exchange, Leg, Line, VISITORS};
use crate::browser::{self, FromBrowser, SessionId, ToBrowser, Visitor};
use crate::media::{Ask, WireId};
use crate::sip;
use crate::{Ending, LegId, Report};

pub(super) struct Session {
    pub(super) visitor: Visitor,
    pub(super) to: mpsc::UnboundedSender<ToBrowser>,
    pub(super) wire: Option<WireId>,
    pub(super) up: bool,
    /// The caller's line of a page of customers.
    pub(super) leg: Option<LegId>,
}

impl Exchange {
    pub(super) fn connected(&mut self, id: SessionId, visitor: Visitor, to: mpsc::UnboundedSender<ToBrowser>) {
        if let Visitor::Device(device) = visitor {
            let before: Vec<SessionId> =
                self.sessions.iter().filter(|(_, s)| s.visitor == Visitor::Device(device)).map(|(id, _)| *id).collect();
            for session in before {
                self.say(session, ToBrowser::Replaced);
                self.gone(session, Ending::Lost);
            }
        }
        self.sessions.insert(id, Session { visitor, to, wire: None, up: false, leg: None });
    }

    pub(super) fn browser(&mut self, id: SessionId, said: FromBrowser) {
        match said {
            FromBrowser::Offer(offer) => {
                let visitors = self.sessions.values().filter(|s| matches!(s.visitor, Visitor::Caller { .. })).count();
                let Some(session) = self.sessions.get_mut(&id) else { return };
                let visitor = matches!(session.visitor, Visitor::Caller { .. });
                if visitor && (session.wire.is_some() || visitors > VISITORS) {
                    let why = "Many people are calling right now. Please try again in a few minutes.".into();
                    let _ = session.to.send(ToBrowser::Refused(why));
                    return;
                }
                if let Some(wire) = session.wire.take() {
                    let _ = self.media.send(Ask::Close(wire));
                }
                match browser::accept(&offer, self.config.address) {
                    Ok((wire, answer)) => {
                        self.wires += 1;
                        session.wire = Some(self.wires);
                        let _ = session.to.send(ToBrowser::Answer(answer));
                        self.media(Ask::Open(self.wires, Box::new(wire)));
                    }
                    Err(why) => {
                        let _ = session.to.send(ToBrowser::Refused(why));
                    }
                }
            }
            FromBrowser::Accept(leg) => self.accepted(id, leg),
            FromBrowser::Key(key) => {
                if let Some(leg) = self.sessions.get(&id).and_then(|s| s.leg) {
                    self.report(Report::Key(leg, key));
                }
            }
            FromBrowser::HangUp => {
                let leg = self.legs.iter().find(|(_, l)| matches!(l.line, Line::Browser { session } if session == id));
                if let Some(leg) = leg.map(|(leg, _)| *leg) {
                    self.over(leg, Ending::HungUp);
                }
            }
            FromBrowser::Rehearse(on) => {
                if let Some(wire) = self.device_wire(id) {
                    self.media(Ask::Rehearse { wire, on });
                }
            }
            FromBrowser::PlayBack => {
                if let Some(wire) = self.device_wire(id) {
                    self.media(Ask::PlayBack(wire));
                }
            }
            FromBrowser::Gone => self.gone(id, Ending::Lost),
        }
    }

    /// The wire of a page of ours; customers have nothing to rehearse.
    fn device_wire(&self, id: SessionId) -> Option<WireId> {
        self.sessions.get(&id).filter(|s| matches!(s.visitor, Visitor::Device(_))).and_then(|s| s.wire)
    }

    /// A page takes the call that rings; the first to do so wins.
    pub(super) fn accepted(&mut self, id: SessionId, leg_id: LegId) {
        let wire = self.sessions.get(&id).and_then(|s| s.wire);
        let Some(leg) = self.legs.get_mut(&leg_id) else { return };
        let (Line::Ringing { attempts, session: Some(rung), .. }, Some(wire)) = (&mut leg.line, wire) else { return };
        if *rung != id {
            return;
        }
        let others = std::mem::take(attempts);
        leg.line = Line::Browser { session: id };
        (leg.wire, leg.answered) = (Some(wire), true);
        for attempt in others {
            self.dialogs.remove(&attempt.key);
            sip::hang_up(attempt.dialog, Ending::HungUp);
        }
        self.media(Ask::Bind(leg_id, wire));
        self.say(id, ToBrowser::Talking);
        self.report(Report::Answered(leg_id));
    }

    pub(super) fn gone(&mut self, id: SessionId, how: Ending) {
        let Some(session) = self.sessions.remove(&id) else { return };
        if let Some(wire) = session.wire {
            self.media(Ask::Close(wire));
        }
        let mut ended = Vec::new();
        for (leg_id, leg) in &mut self.legs {
            match &mut leg.line {
                Line::Browser { session } if *session == id => ended.push((*leg_id, how)),
                Line::Ringing { session, attempts, last } if *session == Some(id) => {
                    *session = None;
                    if attempts.is_empty() {
                        ended.push((*leg_id, *last));
                    }
                }
                _ => {}
            }
        }
        for (leg, how) in ended {
            self.over(leg, how);
        }
        if let Visitor::Device(device) = session.visitor {
            self.report_devices(device);
        }
    }

    /// Sound can flow to and from a page.
    pub(super) fn up(&mut self, id: SessionId, wire: WireId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.up = true;
        match session.visitor.clone() {
            Visitor::Device(device) => {
                self.say(id, ToBrowser::Idle);
                self.report_devices(device);
            }
            Visitor::Caller { name, to, about } => {
                let call = (self.mint)();
                let leg = LegId { call, n: 1 };
                session.leg = Some(leg);
                let line = Line::Browser { session: id };
                self.legs.insert(
                    leg,
                    Leg { line, wire: Some(wire), local: None, key: None, answered: true, held: false, device: None },
                );
                self.media(Ask::Bind(leg, wire));
                self.say(id, ToBrowser::Talking);
                self.report(Report::Arrived { call, number: None, name, to, about });
            }
        }
    }
}
