//! The outside's mail server: takes every mail (RFC 5321, just enough) and hands it on. For the demo and for tests.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A mail as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    pub sender: String,
    pub recipients: Vec<String>,
    pub bytes: Vec<u8>,
}

pub struct Sink {
    pub address: SocketAddr,
    pub mails: mpsc::UnboundedReceiver<Received>,
}

impl Sink {
    /// Listens on a free port of this machine.
    pub async fn open() -> std::io::Result<Sink> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (sender, mails) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(async move {
                    // A client that hangs up early has sent nothing.
                    let _ = talk(stream, sender).await;
                });
            }
        });
        Ok(Sink { address, mails })
    }
}

async fn talk(stream: TcpStream, mails: mpsc::UnboundedSender<Received>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut sender, mut recipients) = (String::new(), Vec::new());
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_uppercase();
        let path = || line.split_once('<').and_then(|(_, r)| r.split_once('>')).map_or("", |(p, _)| p).to_owned();
        let reply: &[u8] = match command.split([' ', ':']).next().unwrap_or("") {
            "EHLO" | "HELO" => b"250-sink\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SIZE 50000000\r\n",
            // RFC 4616: NUL user NUL password; here always "desk" and "secret".
            "AUTH" if line.trim_end().ends_with("AGRlc2sAc2VjcmV0") => b"235 welcome\r\n",
            "AUTH" => b"535 5.7.8 wrong user or password\r\n",
            "MAIL" => {
                sender = path();
                b"250 ok\r\n"
            }
            "RCPT" => {
                recipients.push(path());
                b"250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go\r\n").await?;
                let bytes = data(&mut stream).await?;
                let mail = Received { sender: sender.clone(), recipients: std::mem::take(&mut recipients), bytes };
                // Nobody may be reading any more; the mail was taken all the same.
                let _ = mails.send(mail);
                b"250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(reply).await?;
    }
}

async fn data(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(mail);
        }
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

/// Gives one mail to a listener, as a customer's mail server does. `Ok` means that it was acknowledged.
pub async fn deliver(to: SocketAddr, sender: &str, recipient: &str, mail: &[u8]) -> std::io::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(to).await?);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let hello = "EHLO customers.example.net\r\n".to_owned();
    for command in [hello, format!("MAIL FROM:<{sender}>\r\n"), format!("RCPT TO:<{recipient}>\r\n"), "DATA\r\n".into()]
    {
        stream.write_all(command.as_bytes()).await?;
        expect(&mut stream).await?;
    }
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n").replace("\n.", "\n..").replace('\n', "\r\n");
    stream.write_all(format!("{text}\r\n.\r\n").as_bytes()).await?;
    expect(&mut stream).await?;
    stream.write_all(b"QUIT\r\n").await
}

async fn expect(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.as_bytes() {
            [b'2' | b'3', _, _, b'-', ..] => {}
            [b'2' | b'3', ..] => return Ok(()),
            _ => return Err(std::io::Error::other(format!("the listener said: {}", line.trim()))),
        }
    }
}
