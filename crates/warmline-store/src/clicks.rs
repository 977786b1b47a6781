//! The links of answers that ask. The secret is here until the mail has left; from then on only its digest, on the
//! ticket.

use warmline_domain::MessageId;
use warmline_domain::ticket::Event;

use crate::Store;
use crate::batch::{Batch, Fault};

impl Batch {
    pub fn ask_link(&mut self, message: MessageId, line: &str) {
        self.write(
            "INSERT INTO ask_link (site, message, line) VALUES ($1, $2, $3)",
            vec![self.site.into(), message.0.into(), line.into()],
        );
    }

    pub(crate) fn forget_ask_link(&mut self, event: &Event) {
        if let Event::Sent { message } | Event::Withdrawn { message } | Event::ScheduleStopped { message } = event {
            self.write(
                "DELETE FROM ask_link WHERE site = $1 AND message = $2",
                vec![self.site.into(), message.0.into()],
            );
        }
    }
}

impl Store {
    pub async fn ask_line(&self, message: MessageId) -> Result<Option<String>, Fault> {
        let sql = "SELECT line FROM ask_link WHERE site = $1 AND message = $2";
        Ok(self.one(sql, vec![self.site.into(), message.0.into()]).await?.map(|mut row| row.text(0)))
    }
}
