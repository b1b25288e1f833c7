"""WeChat's servers on this machine: tokens, login, messages, callbacks, a virtual clock, faults and a journal.

A Flask application of its own. A backend reaches it over HTTP exactly as it reaches WeChat; only the base address
differs. It knows nothing of any backend and no backend imports it. See docs/sandbox.md.

Where things are:
    app.py          wires everything together           world.py      the whole state, behind one lock
    api.py          one WeChat call from socket to answer             endpoints.py  the table of WeChat's paths
    client.py       what a person does on the phone     pushes.py     callbacks waiting their turn
    callbacks.py    sign, encrypt, three tries          replies.py    what an answer means
    control*.py     the JSON interface under /sandbox   switches.py   every fact nobody is sure about
    phone_proxy.py  what the page at / needs besides    http_server.py  connections that stay open
"""
