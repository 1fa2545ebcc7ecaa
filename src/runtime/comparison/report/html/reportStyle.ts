/** Steps of a heat table: the texts on all of them have a contrast of 4.5 : 1 at least. */
export const heatSteps = 10;

/** How a report's page looks: in light and dark, on paper, and with colours that those who tell few apart tell apart (Okabe and Ito 2008). */
export const reportStyle = `:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--faint:#57606a;--rule:#d0d7de;--card:#f4f6f8;--link:#0550ae;
--c0:#0072b2;--c1:#b04a00;--c2:#00795a;--c3:#a8437f;--c4:#7a6a00;--c5:#2f6f9f;--c6:#5b5fc7;--c7:#57606a;--heat:#0072b2}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e6e9ec;--faint:#a3adb8;--rule:#3b434c;--card:#1e2328;--link:#79b8ff;
--c0:#56b4e9;--c1:#f08a4b;--c2:#2fc79a;--c3:#e39ac6;--c4:#e6d63a;--c5:#9ecbe8;--c6:#b3b6ff;--c7:#a3adb8;--heat:#2b7fb8}}
*{box-sizing:border-box}body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--rule);padding-bottom:.2rem}h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
a{color:var(--link)}.sub{color:var(--faint);margin:0 0 1rem}.verdict{background:var(--card);border-left:4px solid var(--c0);padding:.8rem 1.1rem;margin:1rem 0}
.answer{font-size:1.2rem;font-weight:600;margin:0 0 .4rem}.verdict ul{margin:.2rem 0;padding-left:1.2rem}nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:0}
.wide{overflow-x:auto}.wide td a{white-space:nowrap}table{border-collapse:collapse;margin:.6rem 0;font-size:.93rem}caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{border:1px solid var(--rule);padding:.25rem .55rem;text-align:left;vertical-align:top;font-variant-numeric:tabular-nums}thead th{background:var(--card)}
tbody th{font-weight:600}.items th,.items td,.texts td{white-space:pre-wrap;overflow-wrap:anywhere;min-width:7rem}.items .wrong{text-decoration:underline wavy}
small{color:var(--faint)}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--card);border:1px solid var(--rule);padding:.8rem}
:target{outline:2px solid var(--link);outline-offset:2px;scroll-margin-top:2rem}.list{margin:.35rem 0}.list a{margin-right:.35rem}figure{margin:.6rem 0}figure+figure{margin-top:1.2rem}
.side>*{max-width:100%;min-width:0}h1,h3,p,li{overflow-wrap:anywhere}.side{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;align-items:flex-start}.plot{max-width:100%;height:auto;font:12px system-ui,sans-serif}
.plot text{fill:var(--ink)}.plot .tick,.plot .axis-name{fill:var(--faint)}.plot .axis-name{text-anchor:middle}.plot .row-name{font-size:13px}
.grid{stroke:var(--rule)}.interval{stroke:currentColor;stroke-width:3;stroke-linecap:round}.dot{fill:currentColor;stroke:var(--paper);stroke-width:1.5}
.line{fill:none;stroke:currentColor;stroke-width:2}.band{fill:currentColor;opacity:.16}.crossing line{stroke:currentColor;stroke-width:3;stroke-linecap:round}.crossing circle{fill:var(--paper);stroke:currentColor;stroke-width:2}
.diagonal{stroke:var(--faint);stroke-dasharray:4 4}.gap{stroke:var(--c1);stroke-width:2}.bin{fill:var(--c0);stroke:var(--paper)}
.kind-prompt,.series-0{color:var(--c0)}.kind-trained,.series-1{color:var(--c1)}.kind-baseline,.series-7{color:var(--c7)}
.series-2{color:var(--c2)}.series-3{color:var(--c3)}.series-4{color:var(--c4)}.series-5{color:var(--c5)}.series-6{color:var(--c6)}
.series-1 .line,.series-5 .line{stroke-dasharray:8 4}.series-2 .line,.series-6 .line{stroke-dasharray:2 3}.series-3 .line,.series-7 .line{stroke-dasharray:10 3 2 3}
${heats()}.heat a{color:inherit}.heat td{text-align:right}.right{font-weight:700;outline:2px solid var(--ink);outline-offset:-3px}
@media print{body{max-width:none}.wide{overflow:visible}nav{display:none}}@media (forced-colors:active){.plot{forced-color-adjust:none;background:#fff}}`;

function heats(): string {
  return Array.from({ length: heatSteps + 1 }, (_, step) => {
    const part = (55 * step) / heatSteps;
    return `.heat-${step}{background:color-mix(in srgb,var(--heat) ${part}%,var(--paper))}\n`;
  }).join("");
}
