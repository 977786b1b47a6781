//! SIP over TLS through a door of our own: whoever connects and says nothing is sent away, and many who do so do not keep
//! others out. The SIP library takes a connection over when it has proven itself.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rsipstack::transport::tls::{ReloadableCertResolver, TlsConnection};
use rsipstack::transport::{SipAddr, SipConnection, TlsConfig, TlsListenerConnection};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::Sip;
use crate::Tls;

/// How long somebody may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Who may be at it at once; the next are turned away at the door. More than one host may ask for in that time.
const AT_ONCE: usize = 400;
/// When the machine can open no more connections, the next try would fail as well.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Door {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    /// The listener of the library: what it takes for our address. It never listens itself.
    shown: TlsListenerConnection,
}

impl Door {
    /// A port that is taken, or a key that is none, is an error here and not a line in the log.
    pub(super) async fn open(tls: &Tls, outside: IpAddr) -> std::io::Result<Door> {
        let failed =
            |e: rsipstack::Error| std::io::Error::other(format!("SIP over TLS cannot listen on {}: {e}", tls.listen));
        let listener = TcpListener::bind(tls.listen).await?;
        let port = listener.local_addr()?.port();
        let provider = rustls::crypto::CryptoProvider::get_default().cloned();
        let provider = provider.ok_or_else(|| std::io::Error::other("no provider of TLS is installed"))?;
        let identity = ReloadableCertResolver::new(&tls.certificate, &tls.key, provider.clone()).map_err(failed)?;
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(identity));
        let external = tls.listen.ip().is_unspecified().then(|| SocketAddr::new(outside, port));
        let own = SocketAddr::new(tls.listen.ip(), port);
        let shown = TlsListenerConnection::new(own, external, TlsConfig::default()).await.map_err(failed)?;
        Ok(Door { listener, acceptor: TlsAcceptor::from(Arc::new(config)), shown })
    }

    pub(super) fn port(&self) -> std::io::Result<u16> {
        self.listener.local_addr().map(|a| a.port())
    }

    pub(super) fn shown(&self) -> SipConnection {
        self.shown.clone().into()
    }

    pub(super) async fn serve(self, sip: Arc<Sip>) {
        let hands = Arc::new(Semaphore::new(AT_ONCE));
        loop {
            let accepted = tokio::select! {
                () = sip.stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, from) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a TLS connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let (true, Ok(hand)) = (sip.admits(Some(from.ip())), hands.clone().try_acquire_owned()) else { continue };
            let (acceptor, own, sip) = (self.acceptor.clone(), self.shown.get_addr().clone(), sip.clone());
            tokio::spawn(async move {
                let agreed = agree(&acceptor, stream).await;
                drop(hand);
                let Some(stream) = agreed else { return tracing::debug!(%from, "nobody to speak TLS with") };
                sip.welcome(stream, own, from).await;
            });
        }
    }
}

type Agreed = tokio_rustls::server::TlsStream<TcpStream>;

async fn agree(acceptor: &TlsAcceptor, stream: TcpStream) -> Option<Agreed> {
    tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await.ok()?.ok()
}

impl Sip {
    async fn welcome(&self, stream: Agreed, own: SipAddr, from: SocketAddr) {
        let theirs = SipAddr { r#type: own.r#type, addr: from.into() };
        match TlsConnection::from_server_stream(stream, own, theirs, Some(self.stop.child_token())).await {
            Ok(connection) => self.endpoint.transport_layer.add_connection(SipConnection::Tls(connection)),
            Err(error) => tracing::warn!(%error, "a TLS connection could not be served"),
        }
    }
}
