// How the page looks. The two colours of lines are told apart by those who do not see red or green
// (Okabe and Ito's blue and vermilion, darker on light and lighter on dark); lines are named at
// their ends as well.
extension ReportPage {
  package static let style = """

    :root {
      --page: #f5f4f0; --card: #fff; --ink: #1c1e22; --soft: #5b616b; --rule: #e4e2dc;
      --a: #0a6aa6; --b: #b84a00; --fault: #a3195b; --heat: 58%;
      color-scheme: light dark;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #101216; --card: #191c22; --ink: #e8e9ec; --soft: #a3a9b4; --rule: #2e333c;
        --a: #5fb4ee; --b: #f3a458; --fault: #ff8ab5; --heat: 42%;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
    }
    main { max-width: 72rem; margin: 0 auto; padding: 2rem 1rem 3rem; display: grid; gap: 1rem; }
    main > * { min-width: 0; }
    header h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; overflow-wrap: anywhere; }
    header p { margin: .3rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
    .card {
      margin: 0; padding: 1rem 1.1rem; background: var(--card); border: 1px solid var(--rule);
      border-radius: 10px; min-width: 0;
    }
    h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
    figcaption p, .card > p { margin: .1rem 0 0; color: var(--soft); font-size: .85rem; }
    .grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
    .grid:empty { display: none; }

    .tiles { display: flex; flex-wrap: wrap; gap: 1px; background: var(--rule); border: 1px solid var(--rule); border-radius: 10px; overflow: hidden; }
    .tile { flex: 1 1 9rem; padding: .8rem 1.1rem; background: var(--card); display: grid; align-content: start; }
    .tile span, .tile small { color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; }
    .tile strong { font-size: 1.55rem; line-height: 1.25; font-weight: 600; }

    .plot { position: relative; height: 11rem; margin: .9rem 5rem 1.9rem 2.9rem; }
    .large .plot { height: 17rem; margin-right: 6.4rem; }
    .plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
    .plot path { fill: none; vector-effect: non-scaling-stroke; stroke-linecap: round; stroke-linejoin: round; }
    .plot .gridline { stroke: var(--rule); stroke-width: 1; stroke-linecap: butt; }
    .line { stroke-width: 2; }
    .dots { stroke-width: 5; }
    .ring { stroke-width: 12; }
    .hole { stroke: var(--card); stroke-width: 7; }
    path.fault { stroke: var(--fault); stroke-width: 1; stroke-dasharray: 3 4; stroke-linecap: butt; }
    path.a { stroke: var(--a); } path.b { stroke: var(--b); }
    span.a { color: var(--a); } span.b { color: var(--b); }
    .plot span { position: absolute; font-size: .8rem; line-height: 1; white-space: nowrap; }
    .plot .y { right: calc(100% + .5rem); transform: translateY(-50%); color: var(--soft); }
    .plot .x { top: calc(100% + .55rem); transform: translateX(-50%); color: var(--soft); }
    .plot .axis { top: calc(100% + .55rem); left: calc(100% + .9rem); color: var(--soft); }
    .plot .end { left: calc(100% + .65rem); transform: translateY(-50%); font-weight: 600; font-size: .85rem; }
    .plot .end b { display: block; font-weight: 400; margin-bottom: .15rem; }
    .plot span.fault { top: -.1rem; color: var(--fault); font-weight: 600; padding: 0 .3rem; }
    .plot span.fault.flip { transform: translateX(-100%); }

    .at { position: absolute; top: 0; bottom: 0; }
    .at:hover { background: linear-gradient(var(--soft), var(--soft)) var(--x) 0 / 1px 100% no-repeat; }
    .at:hover::after {
      content: attr(data-tip); position: absolute; z-index: 1; top: .3rem; left: calc(var(--x) + .5rem);
      padding: .4rem .6rem; border-radius: 6px; background: var(--ink); color: var(--card);
      font: .8rem/1.4 system-ui, sans-serif; white-space: pre; pointer-events: none;
    }
    .at.flip:hover::after { left: auto; right: calc(100% - var(--x) + .5rem); }

    .scores { margin-top: .9rem; display: grid; }
    .score { display: grid; grid-template-columns: minmax(5rem, 9rem) 1fr 6.6rem; gap: .9rem; align-items: center; min-height: 2.6rem; }
    .score .name { overflow-wrap: anywhere; line-height: 1.2; }
    .track { position: relative; align-self: stretch; margin: 0 .4rem; }
    .track > * { position: absolute; }
    .rule { top: 0; bottom: 0; width: 1px; background: var(--rule); }
    .bar { top: calc(50% - 2px); height: 4px; border-radius: 2px; background: var(--soft); opacity: .55; }
    .dot { top: calc(50% - 6px); margin-left: -6px; width: 12px; height: 12px; border-radius: 50%; background: var(--soft); }
    .model .dot, .model .bar { background: var(--b); }
    .model { font-weight: 600; }
    .number { text-align: right; line-height: 1.2; }
    .number small { display: block; color: var(--soft); font-weight: 400; font-size: .78rem; }
    .ticks { min-height: 1.4rem; }
    .ticks .track span { top: .2rem; transform: translateX(-50%); color: var(--soft); font-size: .8rem; }

    .scroll { overflow: auto; max-height: 26rem; }
    table { border-collapse: separate; border-spacing: 2px; margin-top: .8rem; font-size: .9rem; }
    th { font-weight: 400; color: var(--soft); text-align: left; padding: .2rem .5rem; max-width: 12rem; overflow-wrap: break-word; }
    td { text-align: right; padding: .3rem .5rem; white-space: nowrap; }
    .confusion td { text-align: center; min-width: 4.2rem; }
    .confusion td b, .confusion td small { display: block; line-height: 1.25; font-weight: 400; }
    .confusion td small { font-size: .78rem; }
    .confusion .right b { font-weight: 600; }
    .confusion .right, .confusion .wrong { border-radius: 5px; background: color-mix(in srgb, var(--tint) calc(var(--part) * var(--heat)), var(--page)); }
    .confusion .right { --tint: var(--a); } .confusion .wrong { --tint: var(--b); }
    .confusion thead th { text-align: center; } .confusion thead th:first-child { text-align: left; }
    .confusion .side, .confusion .side td { color: var(--soft); }
    .numbers { width: 100%; border-spacing: 0; } .numbers th { text-align: right; }
    .numbers td, .numbers tbody th { border-top: 1px solid var(--rule); }
    summary { cursor: pointer; font-weight: 600; }

    dl { display: grid; grid-template-columns: fit-content(45%) 1fr; gap: .25rem 1rem; margin: .7rem 0 0; }
    dt { color: var(--soft); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
    ol, ul { margin: .7rem 0 0; padding: 0; }
    .lines { padding-left: 1.6rem; font-size: .9rem; overflow-wrap: anywhere; }
    .lines li { padding: .12rem 0; } .lines li::marker { color: var(--soft); }
    .chips { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem; }
    .chips li { padding: .1rem .55rem; border: 1px solid var(--rule); border-radius: 1rem; background: var(--page); font-size: .85rem; overflow-wrap: anywhere; }
    footer { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
    code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; color: var(--ink); }
    :focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
    @media (max-width: 30rem) {
      main { padding: 1.2rem .7rem 2rem; }
      .card { padding: .9rem .8rem; }
      .large .plot { height: 13rem; margin-right: 4.4rem; }
      .score { grid-template-columns: 5.2rem 1fr 6rem; gap: .4rem; font-size: .88rem; }
      .number small { white-space: nowrap; }
    }
    @media print { body { background: none; } .card, .tiles { break-inside: avoid; } }

    """
}
