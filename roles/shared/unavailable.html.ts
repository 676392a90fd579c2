import { type Text, text } from "../../engine/index.ts";

/** The page that visitors see if no server behind can answer. It needs no other file. */
export default (site: string): Text => text`
  <!doctype html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Back in a moment · ${site}</title>
  <style>
  body { min-height: 90vh; margin: 0; display: grid; place-content: center; padding: 1.5rem; background: #f4f6f5; color: #1b2423; font: 1rem/1.55 system-ui, sans-serif; }
  a { color: #0b6e69; }
  @media (prefers-color-scheme: dark) { body { background: #121716; color: #e6ecea; } a { color: #5cc9c0; } }
  </style>
  </head>
  <body>
  <main>
  <h1>Back in a moment</h1>
  <p>${site} cannot answer just now. This usually passes within seconds.</p>
  <p><a href="">Try again</a></p>
  </main>
  </body>
  </html>
`;
