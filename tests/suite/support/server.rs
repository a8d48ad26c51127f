//! A web server for tests: files of a directory, or repositories through `git http-backend`. It keeps every request.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests open sockets, start programs and read files"
)]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a content.
pub(crate) fn sha256(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

/// A server of repositories.
pub(crate) struct GitServer {
    /// Where it listens.
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl GitServer {
    /// The first lines and headers of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.head.clone()).collect()
    }
}

struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        let found = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        found.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }
}

/// Serves the files of a directory, and returns the address.
pub(crate) fn files(directory: PathBuf) -> String {
    serve(move |request, stream| {
        let content = fs::read(directory.join(request.target().trim_start_matches('/')));
        match content {
            Ok(content) => respond(stream, "200 OK", "", &content),
            Err(_) => respond(stream, "404 Not Found", "", b""),
        }
    })
}

/// Serves the repositories below a directory.
pub(crate) fn repositories(directory: PathBuf) -> GitServer {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&requests);
    let address = serve(move |request, stream| {
        let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
        let mut git = Command::new("git");
        git.arg("http-backend").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        git.env("GIT_PROJECT_ROOT", &directory).env("GIT_HTTP_EXPORT_ALL", "1").env("PATH_INFO", path);
        git.env("QUERY_STRING", query).env("REQUEST_METHOD", request.head.split(' ').next().unwrap_or_default());
        git.env("CONTENT_TYPE", request.header("Content-Type")).env("CONTENT_LENGTH", request.body.len().to_string());
        git.env("HTTP_CONTENT_ENCODING", request.header("Content-Encoding"));
        git.env("GIT_PROTOCOL", request.header("Git-Protocol"));
        let mut child = git.spawn()?;
        child.stdin.take().unwrap().write_all(&request.body)?;
        let answer = child.wait_with_output()?.stdout;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).into_owned();
        let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
        kept.lock().unwrap().push(request);
        respond(stream, &status, &format!("{head}\r\n"), answer.get(end + 4..).unwrap_or_default())
    });
    GitServer { address, requests }
}

/// A server that has nothing, and records the requests.
pub(crate) fn nothing() -> GitServer {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&requests);
    let address = serve(move |request, stream| {
        kept.lock().unwrap().push(request);
        respond(stream, "404 Not Found", "", b"")
    });
    GitServer { address, requests }
}

/// Answers each connection in a thread of its own, for as long as the tests run.
fn serve(answer: impl Fn(Request, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || request(&stream).and_then(|request| answer(request, &mut stream)));
        }
    });
    address
}

fn request(stream: &TcpStream) -> io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            break;
        }
    }
    let mut request = Request { head, body: Vec::new() };
    if request.header("Transfer-Encoding") == "chunked" {
        while let size @ 1.. = chunk_size(&mut reader)? {
            let start = request.body.len();
            request.body.resize(start + size, 0);
            reader.read_exact(request.body.get_mut(start..).unwrap_or_default())?;
            reader.read_line(&mut String::new())?;
        }
    } else {
        request.body.resize(request.header("Content-Length").parse().unwrap_or(0), 0);
        reader.read_exact(&mut request.body)?;
    }
    Ok(request)
}

fn chunk_size(reader: &mut impl io::BufRead) -> io::Result<usize> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(usize::from_str_radix(line.trim(), 16).unwrap_or(0))
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(body)
}
