//! The real program with real clients: swaks, Python's smtplib, Dovecot, a mail sink, Chromium, kill -9.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod articles;
mod browser;
mod calendar;
mod calls;
mod chat;
mod clicks;
mod honesty;
mod house;
mod http;
mod kill;
mod leaks;
mod leaving;
mod lint;
mod lsp;
mod mail;
mod measures;
mod phones;
mod phones_rough;
mod phones_secret;
mod postgres;
mod promises;
mod queues;
mod trail;
mod trouble;
mod waiting;
mod words;
