//! A server that answers piece by piece, as a test tells it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What a server does after its headers.
#[derive(Clone)]
pub enum Step {
    /// At the beginning: the status that it answers with, in place of `200 OK`.
    Status(&'static str),
    Send(Vec<u8>),
    /// It waits until the test says so.
    Wait(Arc<Notify>),
    End,
}

pub fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

/// Answers in chunks as it is told, and breaks off: to the first connection after the first script, and so on, to all that
/// come later after the last. Its address, and how many requests came.
pub async fn serve(headers: &'static str, scripts: Vec<Vec<Step>>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let number = counted.fetch_add(1, Ordering::Relaxed);
            let steps = scripts.get(number).or(scripts.last()).cloned().unwrap_or_default();
            tokio::spawn(follow(stream, headers, steps));
        }
    });
    (url, requests)
}

async fn follow(mut stream: TcpStream, headers: &'static str, steps: Vec<Step>) {
    let mut request = vec![0; 4096];
    let _ = stream.read(&mut request).await;
    let status = match steps.first() {
        Some(Step::Status(status)) => status,
        _ => "200 OK",
    };
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    for step in steps {
        match step {
            Step::Status(_) => {}
            Step::Send(bytes) => {
                let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat();
                let _ = stream.write_all(&chunk).await;
            }
            Step::Wait(told) => told.notified().await,
            Step::End => {
                let _ = stream.write_all(b"0\r\n\r\n").await;
            }
        }
    }
}
