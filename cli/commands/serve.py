"""Export metrics for Prometheus on /metrics until interrupted (监控导出)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import looking
from cli.console import note, print_json
from cli.drill_session import open_doors, open_store


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    address: Annotated[str, typer.Option(help="Where to listen; the loopback by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9877,
    interval: Annotated[float, typer.Option(help="Seconds between two looks at the site.")] = 15.0,
    json: Annotated[bool, typer.Option("--json", help="Say where it listens as JSON.")] = False,
) -> None:
    """Lines per carrier, replication lag, hosts, PACS, capacity and the last audit, looked at in the background."""
    import threading

    from cli.ready import Watched
    from inventory.error import MedcloudError
    from monitors import exporter

    try:
        bound = exporter.listener(address, port)  # before the site's network is joined, so that we can be reached
    except OSError as error:
        raise MedcloudError(f"cannot listen on {address}:{port}: {error.strerror}", "choose another --port") from None
    context, doors = open_doors(ctx, site)
    url = f"http://{address}:{bound.getsockname()[1]}/metrics"
    if json:
        print_json({"url": url})
    note(f"metrics of {context.site.name}: {url} (interrupt to stop)")
    with looking.shell_of(context) as shell:
        exporter.serve(bound, Watched(context, open_store(ctx.obj, context), doors, shell), threading.Event(), interval)
