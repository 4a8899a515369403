// The page of `fashionmatch serve`. Texts from the store only ever become text, never markup.
import { render } from 'preact';

import { AddressBar } from './address/navigation.js';
import { takeTokenFromAddress } from './api/ask.js';
import { App } from './app.js';

takeTokenFromAddress();
const page = document.getElementById('page');
if (page) {
  render(
    <AddressBar>
      <App />
    </AddressBar>,
    page,
  );
}
