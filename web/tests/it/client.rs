//! A browser without JavaScript: keeps cookies, follows nothing, asks the router directly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt as _;
use web::{Board, WebSettings};

use crate::sample::{Evidence, PASSWORD, Sample};

pub struct Client<B = Sample> {
    pub board: Arc<B>,
    router: Router,
    cookies: Mutex<BTreeMap<String, String>>,
}

fn settings() -> WebSettings {
    WebSettings {
        verdicts: Some(Arc::new(Evidence)),
        ..WebSettings::default()
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The token that the page's forms carry.
    pub fn token(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Client {
    pub fn new() -> Self {
        Self::over(Sample::new())
    }

    /// A client whose officer is signed in.
    pub async fn signed_in() -> Self {
        let client = Self::new();
        let answer = client.sign_in(PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        client
    }
}

impl<B: Board> Client<B> {
    pub fn over(board: B) -> Self {
        let board = Arc::new(board);
        Self {
            router: web::router_over(board.clone(), settings()),
            board,
            cookies: Mutex::default(),
        }
    }

    /// Somebody else's browser, at the same server.
    pub fn over_router(router: Router, board: Arc<B>) -> Self {
        Self {
            board,
            router,
            cookies: Mutex::default(),
        }
    }

    /// The same browser after the server has started again.
    pub fn moved_to(self, board: B) -> Self {
        Self {
            cookies: self.cookies,
            ..Self::over(board)
        }
    }

    pub async fn sign_in(&self, password: &str) -> Answer {
        let token = self.get("/sign-in").await.token();
        let fields = [
            ("token", &*token),
            ("name", "Lê Minh Đức"),
            ("password", password),
        ];
        self.post("/sign-in", &fields).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect::<Vec<_>>()
            .join("&");
        let request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    /// Sends a form with files, as browsers do.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        for (name, bytes) in files {
            let head = format!(
                "--X\r\nContent-Disposition: form-data; name=\"reports\"; filename=\"{name}\"\r\n\
                 Content-Type: application/json\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--X--\r\n");
        let request = Request::post(path).header("content-type", "multipart/form-data; boundary=X");
        self.send(request, Body::from(body)).await
    }

    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let mut request = request.header(COOKIE, cookies).body(body).unwrap();
        let host = "localhost:8238".parse().unwrap();
        request.headers_mut().entry(HOST).or_insert(host);
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies
                .lock()
                .unwrap()
                .insert(name.to_owned(), value.to_owned());
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn cookie_line(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .fold(String::new(), |escaped, b| escaped + &format!("%{b:02X}"))
}
