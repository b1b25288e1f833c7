"""``create_app()``: the only place where things are wired together."""

import logging
from pathlib import Path

from apiflask import APIFlask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from server import cli, clock, config, handlers, policy, sealing
from server.choosing import chooser_for
from server.database import db, engine_options
from server.handlers.context import EXTENSION, Wiring
from server.policy.schema import Policy
from server.policy.serving import unserved
from server.sms import sender_for
from server.verifying import verifier_for
from server.wechat.gateway import Gateway
from server.wechat.token_store import DatabaseTokens

MAX_BODY_BYTES = 1024 * 1024
migrate = Migrate(directory=str(Path(__file__).parent / "migrations"), render_as_batch=True)


class RegionNotServed(Exception):
    """The region has rules that the running code does not follow yet; the message names them."""


def check_region(rules: Policy, environment: str) -> None:
    """Refuse to go live with rules that would be broken; the demo may show them. Raises RegionNotServed."""
    missing = unserved(rules)
    if missing and environment == "production":
        raise RegionNotServed(f"region {rules.region} cannot go live yet, not followed: {', '.join(missing)}")


def create_app(settings: config.Settings | str | Path | None = None) -> APIFlask:
    """Build the application from Settings, a path of a configuration file, or the default file.

    Raises:
        config.ConfigError: the configuration cannot be used. policy.PolicyError: the region has no usable profile.
        RegionNotServed: the region's rules are not all followed yet, in production.
    """
    if not isinstance(settings, config.Settings):
        settings = config.load(settings)
    logging.basicConfig(level=settings.app.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sealing.use(
        sealing.Sealer((settings.privacy.data_key, *settings.privacy.old_data_keys), settings.privacy.index_key)
    )
    clock.follow(settings.app.clock_follows or None)

    app = APIFlask("server", title="家庭医生签约服务", version="1", docs_path=None, spec_path="/openapi.json")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        SQLALCHEMY_DATABASE_URI=database_url(settings.database.url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database.url, settings.database.pool_size),
        OPENAPI_VERSION="3.1.0",
        JSON_SORT_KEYS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.app.trusted_proxies:
        hops = settings.app.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    rules = policy.load(settings.app.region)
    check_region(rules, settings.app.environment)
    db.init_app(app)
    migrate.init_app(app, db)
    app.extensions[EXTENSION] = Wiring(
        settings=settings,
        policy=rules,
        gateway=Gateway(settings.wechat, DatabaseTokens()),
        verifier=verifier_for(settings.identity.verifier),
        sms=sender_for(settings.sms),
        chooser=chooser_for(settings.choosing),
    )
    handlers.register(app)
    cli.register(app)
    return app


def database_url(url: str) -> str:
    """Make a relative SQLite path mean the current folder, and its folder exist."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url == prefix:
        return url
    path = Path(url.removeprefix(prefix)).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"{prefix}{path}"
