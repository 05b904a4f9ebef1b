// What the page of a study has beyond that of a run. Shades go from the card's colour to blue, so
// that better trials are the darker ones on light, and the lighter ones on dark.
extension StudyReport {
  static let style = """

    .legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; margin: .35rem 0 0; color: var(--soft); font-size: .82rem; }
    .legend:empty { display: none; }
    .legend span { display: inline-flex; align-items: center; gap: .4rem; }
    .key { width: 9px; height: 9px; border-radius: 50%; background: var(--a); }
    .key.line { width: 18px; height: 3px; border-radius: 2px; background: var(--b); }
    .key.pruned { background: var(--faint); }
    .key.failed { width: 3px; height: 12px; border-radius: 1px; background: var(--fault); }
    .key.shades { width: 54px; height: 6px; border-radius: 3px; background: linear-gradient(to right, color-mix(in srgb, var(--a) 22%, var(--card)), var(--a)); }
    :root { --faint: #a9adb5; }
    @media (prefers-color-scheme: dark) { :root { --faint: #656b76; } }

    .history .dots { stroke-width: 6; }
    path.pruned { stroke: var(--faint); }
    path.failures { stroke: var(--fault); stroke-width: 3; stroke-linecap: butt; }

    .trial { stroke-width: 1.5; }
    .trial.pruned { stroke-width: 1; }
    .shade0 { stroke: color-mix(in srgb, var(--a) 22%, var(--card)); }
    .shade1 { stroke: color-mix(in srgb, var(--a) 40%, var(--card)); }
    .shade2 { stroke: color-mix(in srgb, var(--a) 58%, var(--card)); }
    .shade3 { stroke: color-mix(in srgb, var(--a) 78%, var(--card)); }
    .shade4 { stroke: var(--a); }
    .trial.best { stroke: var(--b); stroke-width: 3; }
    .trial:hover { stroke: var(--ink); stroke-width: 3; }
    .curves .plot { height: 15rem; margin-right: 3rem; }

    .across { max-height: none; }
    .parallel { height: 19rem; margin: 3.6rem 5.6rem 1rem 3.4rem; min-width: calc((var(--axes) - 1) * 6.6rem); }
    .parallel .gridline { stroke: var(--soft); }
    .plot .name { bottom: calc(100% + .8rem); transform: translateX(-50%); width: 6.2rem; text-align: center; white-space: normal; overflow-wrap: anywhere; line-height: 1.15; font-weight: 600; }
    .plot .tick { transform: translate(.4rem, -50%); color: var(--ink); text-shadow: 0 0 2px var(--card), 0 0 2px var(--card), 0 0 4px var(--card), 0 0 4px var(--card); pointer-events: none; }

    .parts { display: grid; grid-template-columns: fit-content(45%) 1fr 3rem; gap: .45rem .8rem; align-items: center; margin-top: .9rem; }
    .parts .name { overflow-wrap: anywhere; line-height: 1.2; }
    .parts .track { height: .85rem; margin: 0; align-self: center; background: var(--page); border-radius: 3px; }
    .parts .bar { top: 0; left: 0; height: 100%; border-radius: 3px; background: var(--a); opacity: 1; }
    .parts .rest { background: var(--faint); }
    .parts b { text-align: right; font-weight: 600; }
    .card > .method { margin-top: .9rem; } .card > .empty { margin-top: .6rem; font-size: 1rem; }

    .command { margin: .8rem 0 0; padding: .6rem .8rem; border: 1px solid var(--rule); border-radius: 6px; background: var(--page); white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
    .trials { font-size: .85rem; } .trials .word { text-align: left; }
    .trials thead th { position: sticky; top: 0; background: var(--card); }
    .trials .best td, .trials .best th { background: color-mix(in srgb, var(--b) 14%, var(--card)); color: var(--ink); }
    .trials .failed .word { color: var(--fault); }
    @media (max-width: 30rem) { .parallel { height: 16rem; } }

    """
}
