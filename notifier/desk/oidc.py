"""Signing in through the town's identity provider: OpenID Connect, by Authlib. Code flow with PKCE, state and nonce.

    GET  /log-ind/kommune  sends the browser to the provider
    GET  /log-ind/oidc     it comes back with a code: a page with a button, for no GET changes anything
    POST /log-ind/oidc     the code is exchanged, the token looked at, and whoever it names is signed in

Whom the provider names is found by mail address, which the provider must have verified, among the accounts that are
here: nobody gets in because the provider knows them.
"""

from __future__ import annotations

import logging
from typing import Any

import flask
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from joserfc.errors import JoseError
from requests import RequestException

from notifier.config import Provider
from notifier.desk.pages import page, say
from notifier.store.accounts import Account
from notifier.web.service import Service

log = logging.getLogger(__name__)

NAME = "town"
AFTER = "after"  # in the signed cookie: where to go on to
# Signatures by a key that the provider alone has. Neither "none" nor one by the secret that we share.
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_TIMEOUT_S = 10
_LEEWAY_S = 60  # between the provider's clock and ours


class _NotSaid(ValueError):
    """The provider says something that does not do. Told in the log alone."""


def register(app: flask.Flask, provider: Provider) -> None:
    """Make the provider known to the application. It is asked when somebody first signs in."""
    OAuth(app).register(
        NAME,
        client_id=provider.client,
        client_secret=provider.secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": _TIMEOUT_S,
        },
    )


def begin(service: Service, after: str) -> flask.typing.ResponseReturnValue:
    """Send the browser to the provider, with state, nonce and PKCE kept in the signed cookie."""
    for name in [name for name in flask.session if name.startswith("_state_")]:
        del flask.session[name]
    flask.session[AFTER] = after
    try:
        _look_at_metadata(service)
        sent: flask.typing.ResponseReturnValue = _client().authorize_redirect(
            f"{service.config.desk.address}/log-ind/oidc"
        )
    except _WRONG as error:
        return _failed(service, error)
    return sent


def back(service: Service) -> flask.typing.ResponseReturnValue:
    """Back from the provider: a button, behind which the code is exchanged."""
    given = flask.request.args
    if given.get("error") or not given.get("code") or f"_state_{NAME}_{given.get('state')}" not in flask.session:
        return _failed(
            service, _NotSaid(f"came back without a code or with a wrong state: {_word(given.get('error'))}")
        )
    return page(service.config, "provider", code=given["code"], state=given["state"], name=named(service))


def account_of(service: Service) -> Account | flask.typing.ResponseReturnValue:
    """Exchange the code for who somebody is: their account, or a page that says why not."""
    try:
        _look_at_metadata(service)
        provider = service.config.desk.provider
        assert provider is not None  # the route is there for nobody else
        options = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client},
        }
        token = _client().authorize_access_token(claims_options=options, leeway=_LEEWAY_S)
        said = token.get("userinfo")
        if not said:
            raise _NotSaid("there was no ID token")
    except _WRONG as error:
        return _failed(service, error)
    address = said.get("email")
    account = None
    if isinstance(address, str) and said.get("email_verified") is True:
        account = service.store.accounts.by_login(address)
    if account is None or account.disabled_at is not None:
        return say(service.config, "access.unknown", 403, contact=service.config.town.contact)
    return account


def named(service: Service) -> str:
    """What people call the provider."""
    provider = service.config.desk.provider
    return (provider.name if provider else "") or service.config.town.name


# What Authlib, its libraries and an answer that is not what it should be can raise.
_WRONG = (OAuthError, JoseError, RequestException, ValueError, KeyError, TypeError, RuntimeError)


def _client() -> Any:
    return flask.current_app.extensions["authlib.integrations.flask_client"].create_client(NAME)


def _look_at_metadata(service: Service) -> None:
    """The provider is the one that is configured (OpenID Connect Discovery 4.3), and signs with a key of its own."""
    metadata, provider = _client().load_server_metadata(), service.config.desk.provider
    if provider is None or metadata.get("issuer") != provider.issuer:
        raise _NotSaid(f"oidc_issuer is not what the provider calls itself: {_word(metadata.get('issuer'))}")
    offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    metadata["id_token_signing_alg_values_supported"] = [one for one in offered if one in _SIGNED_BY]


def _failed(service: Service, error: Exception) -> flask.typing.ResponseReturnValue:
    """Said to people in general words; to the log without what a token or an address holds."""
    why = str(error) if isinstance(error, _NotSaid) else type(error).__name__
    code = f" {error.error}" if isinstance(error, OAuthError) and isinstance(error.error, str) else ""
    log.warning("nobody was signed in through the provider: %s%s", why, _word(code))
    return say(service.config, "access.provider_failed", 400, name=named(service))


def _word(said: object) -> str:
    """A word of a stranger's for the log: short, and on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(said or "")).split())[:100]
