import { render } from 'preact';
import { App } from './app';
import { startLive } from './state/live';
import './styles/index.css';

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  startLive();
  render(<App />, root);
}
