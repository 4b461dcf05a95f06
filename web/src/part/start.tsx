// Starts a portal's pages: catalogue, session, first drawing.
import { render } from 'preact';
import { loadLang } from '../lib/messages';
import { lang } from '../lib/prefs';
import { askSession } from '../lib/session';
import { setPolicyHere } from './bits';
import { App, type Portal } from './shell';

function sorry(root: HTMLElement) {
  const line = document.createElement('p');
  line.setAttribute('role', 'alert');
  line.textContent = 'つながりません。通信を確かめて、もう一度開いてください。 / No connection. Please check the network and open the page again.';
  root.append(line);
}

export async function start(portal: Portal) {
  const root = document.getElementById('page');
  if (!root) return;
  setPolicyHere(portal.rows.some((row) => row.page === 'policies'));
  try {
    await Promise.all([loadLang(lang.get()), askSession()]);
  } catch {
    sorry(document.getElementById('app') ?? root);
    return;
  }
  root.replaceChildren();
  render(<App portal={portal} />, root);
}
