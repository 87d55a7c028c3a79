/** The page of somebody who is signed out. */
export const session = {
  title: "Sign in",
  opening: "Opening…",
  signedOut: "This page is signed out",
  how: "Tuneyard opens the page itself when it starts. To get in from here, run this in a terminal on the computer where it runs, and open the address that it prints:",
  command: "./launch",
  password: "Password",
  passwordHelp: "The one that the server was started with.",
  signIn: "Sign in",
  wrongLink: "The link that opened this page is no longer valid.",
  unreachable: "Tuneyard can’t be reached",
  unreachableHow:
    "It has ended, or the network is gone. Jobs that are running go on without it. Start it again:",
};
