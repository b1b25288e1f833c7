"""Everything that knows WeChat: calls we make (gateway), calls we get (callback), and what their codes mean."""
