"""A person at the screen, reduced to HTTP: cookies, the login form, CSRF tokens, forms, uploads."""

import json
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

from app.demo.accounts import PASSWORD, Account

_LEADS_ON = (302, 303)


class Refused(RuntimeError):
    """The product answered something else than expected; carries status and answer."""

    def __init__(self, status: int, path: str, answer: str) -> None:
        super().__init__(f"{status} on {path}: {answer[:800]}")
        self.status, self.answer = status, answer


class _Stays(urllib.request.HTTPRedirectHandler):
    """Goes nowhere: a redirect comes back as an answer that says where it would lead."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        """No further request."""


class Browser:
    """One signed-in person. ``looks``: whether she opens the page an act leads to, as a real browser does."""

    def __init__(self, base_url: str, account: Account, *, looks: bool = True) -> None:
        self.base_url, self.account = base_url.rstrip("/"), account
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), *(() if looks else (_Stays,))
        )
        self._token = ""

    def sign_in(self) -> "Browser":
        """Through the login form, to her list; who does not look needs but a page with her token."""
        self._find_token(self.get("/login"))
        opened, _where = self._post("/login", {"email": self.account.email, "password": PASSWORD})
        self._find_token(opened or self.get("/me/password"))
        return self

    def get(self, path: str) -> str:
        """A page's text."""
        return self._open(urllib.request.Request(self.base_url + path))[0]  # noqa: S310 - http to our own server

    def get_json(self, path: str) -> Any:
        """An API answer."""
        request = urllib.request.Request(  # noqa: S310
            self.base_url + path, headers={"Accept": "application/json"}
        )
        return json.loads(self._open(request)[0])

    def post_form(self, path: str, fields: dict[str, str]) -> str:
        """Submit a form; returns where it leads."""
        return self._post(path, fields)[1]

    def _post(self, path: str, fields: dict[str, str]) -> tuple[str, str]:
        body = urllib.parse.urlencode(
            {"csrf_token": self._token, "_key": secrets.token_urlsafe(16), **fields}
        ).encode()
        headers = self._headers()
        headers["Idempotency-Key"] = fields.get("_key", headers["Idempotency-Key"])
        request = urllib.request.Request(self.base_url + path, data=body, headers=headers)  # noqa: S310
        return self._open(request)

    def post_json(self, path: str, content: dict[str, Any], key: str | None = None) -> Any:
        """Send JSON as the form script does; refusals raise with the whole answer. One key is one act."""
        headers = {**self._headers(), "Content-Type": "application/json", "Accept": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        body = json.dumps(content).encode()
        request = urllib.request.Request(self.base_url + path, data=body, headers=headers)  # noqa: S310
        return json.loads(self._open(request)[0])

    def upload(self, name: str, content: bytes, mime: str) -> str:
        """Upload a file; returns its document id."""
        answer = self._post_parts("/files", {}, "file", name, content, mime, {"Accept": "application/json"})
        return str(json.loads(answer[0])["id"])

    def post_with_file(self, path: str, fields: dict[str, str], field: str, name: str, content: bytes) -> str:
        """Submit a form with a PDF; returns where it leads."""
        fields = {"csrf_token": self._token, "_key": secrets.token_urlsafe(16), **fields}
        return self._post_parts(path, fields, field, name, content, "application/pdf", {})[1]

    def _post_parts(
        self,
        path: str,
        fields: dict[str, str],
        field: str,
        name: str,
        content: bytes,
        mime: str,
        headers: dict[str, str],
    ) -> tuple[str, str]:
        boundary = secrets.token_hex(12)
        part = f"--{boundary}\r\nContent-Disposition: form-data; name="
        texts = "".join(f'{part}"{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())
        head = f'{part}"{field}"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
        body = (texts + head).encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {**self._headers(), **headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._open(urllib.request.Request(self.base_url + path, data=body, headers=headers))  # noqa: S310

    def _headers(self) -> dict[str, str]:
        return {"X-CSRFToken": self._token, "Idempotency-Key": secrets.token_urlsafe(16), "Referer": self.base_url}

    def _open(self, request: urllib.request.Request) -> tuple[str, str]:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.read().decode(), answer.geturl().removeprefix(self.base_url)
        except urllib.error.HTTPError as refusal:
            if refusal.code in _LEADS_ON:
                return "", refusal.headers["Location"].removeprefix(self.base_url)
            raise Refused(refusal.code, request.selector, refusal.read().decode(errors="replace")) from refusal

    def _find_token(self, page: str) -> None:
        found = re.search(r'name="csrf[-_]token"\s+(?:value|content)="([^"]+)"', page)
        if found:
            self._token = found.group(1)
