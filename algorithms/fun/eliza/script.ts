// What Eliza knows, in the spirit of the script that J. Weizenbaum printed in Commun. ACM 9 (1966) 36-45; the words are
// our own. One line, one statement:
//
//   pre WORD WORDS     the word is read as these words
//   post WORD WORDS    in what is said back, the word becomes these words
//   key WORD RANK      a keyword; keywords of higher rank are answered first. What follows is about it:
//     if PATTERN       "*" is any number of words, "a|b" one of several; each part has a number, from 1
//     remember TEXT    what may be said later, when nothing else fits the sentence of such a pattern
//     say TEXT         an answer, one after the other each time: "$2" is what the second part stands for
//     like WORD        instead of an answer: go on as for another keyword
//     other            instead of an answer: go on with the sentence's next keyword
//
// The keyword "*" stands for a sentence without one, "hello" for the beginning, "goodbye" ends the conversation.
export const SCRIPT: string = `
pre dont don't
pre cant can't
pre wont won't
pre im i am
pre i'm i am
pre i've i have
pre i'd i would
pre i'll i will
pre you're you are
pre youre you are
pre you've you have
pre recollect remember
pre mum mother
pre mom mother
pre dad father
pre maybe perhaps
pre computers computer
pre machine computer
pre machines computer
pre hi hello
pre hey hello
pre bye goodbye
pre dreamed dreamt
pre dreams dream
pre certainly yes
pre alike same
post i you
post me you
post my your
post mine yours
post myself yourself
post am are
post you I
post your my
post yours mine
post yourself myself
post we you
post us you
post our your
key sorry 0
if *
say There is no need to apologise.
say What do you feel when you apologise?
say Please go on: nothing needs an excuse here.
key remember 5
if * i remember *
say Do you often think of $4?
say What else comes back to you when you think of $4?
say Why do you remember $4 just now?
if * do you remember *
say Did you think I would forget $5?
say Why should I recall $5 now?
say What about $5?
if *
other
key if 3
if * if *
say Do you think it likely that $3?
say Do you wish that $3?
say What would it mean to you if $3?
key dreamt 4
if * i dreamt *
say Really, $4?
say Have you ever imagined $4 while you were awake?
say Who else was in that dream?
if *
like dream
key dream 3
if *
say What does that dream suggest to you?
say Do you dream often?
say Which persons appear in your dreams?
key perhaps 0
if *
say You do not seem quite certain.
say Why the uncertain tone?
say What would make you sure?
key hello 0
if *
say How do you do. What is on your mind?
say Hello. What would you like to talk about?
key goodbye 20
if *
say Goodbye. It was good to talk with you.
key computer 50
if *
say Do computers worry you?
say Why do you mention computers?
say What do you think machines have to do with your problem?
say Do you think computers can help people?
key am 0
if * am i *
say Do you believe you are $4?
say Would you want to be $4?
say What would it mean if you were $4?
if *
other
key are 0
if * are you *
say Why does it matter whether I am $4?
say Would you prefer that I were not $4?
say Perhaps I am $4 in your imagination.
if * are *
say Did you think they might not be $3?
say What if they were not $3?
say Possibly they are $3.
key your 0
if * your *
say Why are you concerned about my $3?
say What about your own $3?
say Are you worried about someone else's $3?
key was 2
if * was i *
say What if you were $4?
say Do you think you were $4?
if * i was *
say Were you really?
say Why do you tell me now that you were $4?
if *
other
key i 0
if * i want|need|wish *
say What would it mean to you to get $4?
say Why do you $3 $4?
say Suppose you got $4 soon. What then?
if * i am * sad|unhappy|depressed|afraid|lonely|sick *
say I am sorry to hear that you are $5.
say What makes you $5, do you think?
say Does talking help when you are $5?
if * i am * happy|glad|better|proud|content *
say What makes you $5 just now?
say How have I helped you to be $5?
if * i am *
say Is it because you are $4 that you came here?
say How long have you been $4?
say Do you enjoy being $4?
if * i can't|cannot *
say How do you know that you can't $4?
say Have you tried?
say What would happen if you could $4?
if * i don't *
say Do you really not $4?
say Do you wish to $4?
if * i feel *
say Tell me more about feeling $4.
say Do you often feel $4?
if * i think|believe *
say What makes you $3 so?
say But you are not sure $4?
if * i * you *
say Perhaps in your fantasy we $3 each other.
say Do you often $3 people?
if *
say Please tell me more.
say Can you say more about that?
say And how does that make you feel?
key you 0
if * you are *
say What makes you think I am $4?
say Does it please you to believe I am $4?
say Do you sometimes wish you were $4?
if * you * me *
say Why do you think I $3 you?
say What makes you think I $3 you?
say Really, I $3 you?
if * you *
say We were speaking of you, not of me.
say Oh, I $3?
say What are your feelings now?
key yes 0
if *
say You seem quite certain.
say I see. Go on.
say I understand. What else?
key no 0
if *
say Are you saying no just to be negative?
say Why not?
say What speaks against it?
key my 2
if * my * mother|father|sister|brother|wife|husband|son|daughter|parents|family *
remember Earlier you spoke of your $4.
say Tell me more about your family.
say Who else in your family $5?
say What else comes to mind when you think of your $4?
if * my *
remember Let us come back to your $3.
remember Earlier you said your $3.
remember Does that have to do with your $3?
say Your $3?
say Why do you say your $3?
say What does it mean to you that your $3?
key mother 1
if *
like family
key father 1
if *
like family
key family 0
if *
say What was it like in your family?
say Do you get on with them?
key can't 0
if *
say What keeps you from it?
say What would change if you could?
key can 0
if * can you *
say You believe I can $4, don't you?
say Perhaps you would like to $4 yourself.
if * can i *
say Whether you can $4 depends on you.
say Do you want to be able to $4?
if *
other
key what 0
if *
say Why do you ask?
say What answer would please you most?
say What do you think yourself?
key how 0
if *
like what
key who 0
if *
like what
key where 0
if *
like what
key when 0
if *
like what
key why 0
if * why don't you *
say Do you believe I don't $5?
say Should I $5?
if * why can't i *
say Do you think you should be able to $5?
if *
like what
key because 0
if *
say Is that the real reason?
say Does any other reason come to mind?
say Does that reason explain anything else?
key everybody 2
if *
say Surely not everybody. Who in particular?
say Can you think of anyone else?
key everyone 2
if *
like everybody
key nobody 2
if *
say Surely somebody. Whom are you thinking of?
key always 1
if *
say Can you give an example?
say When, for instance?
say Really always?
key never 1
if *
say Not even once?
say What would happen if it did?
key same 10
if *
say In what way?
say What likeness do you see?
say What other connections do you see?
key * 0
if *
say I am not sure I understand you fully.
say Please go on.
say What does that suggest to you?
say Do you feel strongly about it?
`;
