"""The kit that every board is made of: a board declares its key figures and panels, the kit does the rest.

    BOARD = Board(
        "dashboard",
        figures=key_figures("net_sales", "orders", "customers"),
        sections=(
            Section("overview", N_("Overview"), ((course("time", N_("Net sales over time")),),)),
            Section("mix", N_("Mix"), ((ranking("category", N_("By category"), "category"),
                                        Panel("heat", N_("When"), draw_heat, path=("weekday|hour",))),)),
        ),
    )

    open_screen(…)
    show_board(BOARD)

`board.py` says what can be declared, `panels.py` has the panels that most boards want, `figures/` draws,
`asking.py` asks the mirror under the filters of a look. What `draw` gets is a `Scene`: who looks, at what,
on which level and with which choices; what it gives is a `Drawn`: the figure, and a name for each mark.
"""
