"""An app with Flask and Authlib, written as their documentation shows it.

Authlib finds everything by the discovery document, checks the ID token by the key set and sends a PKCE
challenge; the rest (who is signed in) is Flask's session. Answers are JSON of what Authlib said. Run by
crates/doorward/tests/it/relying_parties/.
"""

import os

from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, jsonify, redirect, request, session, url_for

ISSUER = os.environ["ISSUER"]
SCOPE = os.environ.get("SCOPE", "openid profile email")

app = Flask(__name__)
app.secret_key = os.urandom(32)
oauth = OAuth(app)
oauth.register(
    "doorward",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}.well-known/openid-configuration",
    client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
)

# Flask's sessions are cookies, which tokens do not fit into.
tokens = {}


@app.errorhandler(Exception)
def said(error):
    """What the library says is what a test looks at."""
    name = getattr(error, "error", None)
    return jsonify(name=type(error).__name__, error=name, message=str(error)), 502


def session_with_token():
    """The library's own client for what is no sign-in."""
    known = oauth.doorward.load_server_metadata()
    held = OAuth2Session(
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
        token=tokens.get(session.get("sub")),
        token_endpoint=known["token_endpoint"],
    )
    return known, held


@app.get("/up")
def up():
    return jsonify(found=oauth.doorward.load_server_metadata())


@app.get("/login")
def login():
    asked = request.args.to_dict()
    back = asked.pop("redirect_uri", url_for("callback", _external=True))
    return oauth.doorward.authorize_redirect(back, **asked)


@app.get("/callback")
def callback():
    token = oauth.doorward.authorize_access_token()
    claims = token["userinfo"]
    tokens[claims["sub"]] = token
    session["sub"], session["claims"] = claims["sub"], dict(claims)
    return redirect("/me")


@app.get("/me")
def me():
    return jsonify(claims=session["claims"]) if "claims" in session else (jsonify(), 401)


@app.get("/tokens")
def shown():
    return jsonify(tokens[session["sub"]])


@app.get("/userinfo")
def userinfo():
    return jsonify(oauth.doorward.userinfo(token=tokens[session["sub"]]))


@app.get("/refresh")
def refresh():
    known, held = session_with_token()
    old = tokens[session["sub"]]
    tokens[session["sub"]] = {**old, **held.refresh_token(known["token_endpoint"], old["refresh_token"])}
    return jsonify(scope=tokens[session["sub"]].get("scope"))


@app.get("/introspect")
def introspect():
    known, held = session_with_token()
    token = tokens[session["sub"]]["access_token"]
    return jsonify(held.introspect_token(known["introspection_endpoint"], token=token).json())


@app.get("/revoke")
def revoke():
    known, held = session_with_token()
    token = tokens[session["sub"]][request.args["which"]]
    return jsonify(), held.revoke_token(known["revocation_endpoint"], token=token).status_code


@app.get("/machine")
def machine():
    known, _ = session_with_token()
    own = OAuth2Session(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], scope="profile")
    token = own.fetch_token(known["token_endpoint"], grant_type="client_credentials")
    told = own.introspect_token(known["introspection_endpoint"], token=token["access_token"])
    return jsonify(scope=token["scope"], introspected=told.json())


@app.get("/logout")
def logout():
    token = tokens.pop(session.get("sub"), {})
    session.clear()
    bye = url_for("bye", _external=True)
    return oauth.doorward.logout_redirect(
        post_logout_redirect_uri=bye, id_token_hint=token.get("id_token"), state="of-the-app"
    )


@app.get("/bye")
def bye():
    return jsonify(bye=request.args.get("state"))


app.run(host="127.0.0.1", port=int(os.environ["PORT"]))
